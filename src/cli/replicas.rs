//! Which replicas of a service are rendered.

/// The most of a range: each costs a render.
const MOST: u32 = 10_000;

/// Which replicas.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "What is rendered")]
pub(super) struct Replicas {
    /// Which of each service's replicas; may be given several times [default: 1]
    #[arg(long = "replica", value_name = "N", allow_negative_numbers = true, conflicts_with = "request")]
    each: Vec<u32>,

    /// The same for a range, both ends included
    #[arg(
        long = "replicas",
        value_name = "FIRST..LAST",
        value_parser = range,
        conflicts_with_all = ["request", "each"]
    )]
    range: Option<(u32, u32)>,
}

impl Replicas {
    /// Each that was asked for once; none if the request decides.
    pub(super) fn list(&self) -> Vec<u32> {
        if let Some((first, last)) = self.range {
            return (first..=last).collect();
        }
        let mut once = Vec::new();
        for replica in &self.each {
            if !once.contains(replica) {
                once.push(*replica);
            }
        }
        once
    }
}

fn range(written: &str) -> Result<(u32, u32), String> {
    let number = |text: &str| text.parse().ok();
    let ends = written.split_once("..").and_then(|(first, last)| Some((number(first)?, number(last)?)));
    match ends {
        Some((first, last)) if first > last => Err(format!("it ends before it begins; write {last}..{first}")),
        Some((first, last)) if last - first >= MOST => Err(format!("these are more than {MOST}")),
        Some(ends) => Ok(ends),
        None => Err("write FIRST..LAST, such as 1..3".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_ten_thousand_at_most() {
        assert_eq!(range("1..10000"), Ok((1, 10_000)));
        assert_eq!(range("1..10001"), Err("these are more than 10000".to_owned()));
        assert_eq!(range("4294967295..4294967295"), Ok((u32::MAX, u32::MAX)));
    }
}
