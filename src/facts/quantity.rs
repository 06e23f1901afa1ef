//! Spellings of sizes, modes and durations.

/// Why a spelling is refused, and what would be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::facts) struct Bad {
    /// Completes "`1.5G` …".
    pub(in crate::facts) message: &'static str,
    /// What to write.
    pub(in crate::facts) help: &'static str,
}

type Read<T> = Result<T, Bad>;

const SIZE_MAX: i128 = i64::MAX as i128;
const MODE_MAX: i128 = 0o7777;

/// Suffixes of memory: 1024-based with an `i`, else 1000-based.
const MEMORY_UNITS: &[(&str, i128)] = &[
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1_000),
    ("K", 1_000),
    ("m", 1_000_000),
    ("M", 1_000_000),
    ("g", 1_000_000_000),
    ("G", 1_000_000_000),
    ("t", 1_000_000_000_000),
    ("T", 1_000_000_000_000),
    ("", 1),
];

/// Suffixes of a tmpfs' size: 1024-based, as the kernel reads its own, which have no `i`.
const TMPFS_UNITS: &[(&str, i128)] = &[
    ("Ki", 1 << 10),
    ("Mi", 1 << 20),
    ("Gi", 1 << 30),
    ("Ti", 1 << 40),
    ("k", 1 << 10),
    ("K", 1 << 10),
    ("m", 1 << 20),
    ("M", 1 << 20),
    ("g", 1 << 30),
    ("G", 1 << 30),
    ("t", 1 << 40),
    ("T", 1 << 40),
    ("", 1),
];

const NANOSECOND: u128 = 1;
const SECOND: u128 = 1_000_000_000 * NANOSECOND;
const DAY: u128 = 86_400 * SECOND;

/// Units of durations and their nanoseconds; a month is 30.44 days and a year 365.25.
const TIME_UNITS: &[(&[&str], u128)] = &[
    (&["nanos", "nsec", "ns"], NANOSECOND),
    (&["usec", "us", "µs"], 1_000 * NANOSECOND),
    (&["millis", "msec", "ms"], 1_000_000 * NANOSECOND),
    (&["seconds", "second", "secs", "sec", "s"], SECOND),
    (&["minutes", "minute", "mins", "min", "m"], 60 * SECOND),
    (&["hours", "hour", "hrs", "hr", "h"], 3_600 * SECOND),
    (&["days", "day", "d"], DAY),
    (&["weeks", "week", "wks", "wk", "w"], 7 * DAY),
    (&["months", "month", "M"], 2_630_016 * SECOND),
    (&["years", "year", "yrs", "yr", "y"], 31_557_600 * SECOND),
];

/// Memory in bytes, 1 … 2^63−1.
pub(in crate::facts) fn memory(text: &str) -> Read<i128> {
    const HELP: &str = "write whole bytes, or a number with Ki, Mi, Gi, Ti (1024-based) or k, M, G, T (1000-based)";
    size(text.trim_ascii(), MEMORY_UNITS, HELP)
}

/// The size of a tmpfs in decimal bytes, 1 … 2^63−1, or a percentage as it is.
pub(in crate::facts) fn tmpfs_size(text: &str) -> Read<String> {
    const HELP: &str =
        "write whole bytes, a number with k, m, g, t (or Ki, Mi, Gi, Ti; all 1024-based), or a percentage";
    if let Some(percent) = text.strip_suffix('%') {
        return size(percent, &[("", 1)], HELP).map(|_| text.to_owned());
    }
    size(text, TMPFS_UNITS, HELP).map(|bytes| bytes.to_string())
}

fn size(text: &str, units: &[(&str, i128)], help: &'static str) -> Read<i128> {
    let bad = |message| Bad { message, help };
    let (digits, suffix) = split_digits(text);
    let unit = units.iter().find(|(name, _)| *name == suffix).filter(|_| !digits.is_empty());
    let Some((_, unit)) = unit else { return Err(bad("is no size")) };
    let digits = digits.trim_start_matches('0');
    if digits.is_empty() {
        return Err(bad("is no limit at all"));
    }
    let bytes = digits.parse::<i128>().ok().and_then(|number| number.checked_mul(*unit));
    bytes.filter(|bytes| *bytes <= SIZE_MAX).ok_or_else(|| bad("is more than 2^63-1 bytes"))
}

/// A file mode from its octal digits, with or without `0o`.
pub(in crate::facts) fn mode(text: &str) -> Read<i128> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    let octal = !digits.is_empty() && digits.bytes().all(|digit| matches!(digit, b'0'..=b'7'));
    let digits = digits.trim_start_matches('0');
    match (octal, digits) {
        (false, _) => Err(bad_mode("is no octal mode")),
        (true, "") => Ok(0),
        (true, _) => i128::from_str_radix(digits, 8)
            .ok()
            .filter(|mode| *mode <= MODE_MAX)
            .ok_or_else(|| bad_mode("is above 07777")),
    }
}

/// A file mode that is a number already.
pub(in crate::facts) fn mode_number(mode: f64) -> Read<i128> {
    #[expect(clippy::cast_possible_truncation, reason = "compared right after")]
    let whole = mode as i128;
    if (0..=MODE_MAX).contains(&whole) && mode.fract() == 0.0 { Ok(whole) } else { Err(bad_mode("is no mode")) }
}

const fn bad_mode(message: &'static str) -> Bad {
    Bad { message, help: "write the octal digits, such as `755` or `1777`" }
}

/// A duration in seconds: numbers with units, blanks between them or not; or a bare `0`.
pub(in crate::facts) fn duration(text: &str) -> Read<f64> {
    const HELP: &str = "write numbers with units, such as `30s`, `1m 30s` or `1.5h`";
    let bad = |message| Bad { message, help: HELP };
    let mut rest = text.trim_ascii();
    if rest == "0" {
        return Ok(0.0);
    }
    if rest.is_empty() {
        return Err(bad("is no duration"));
    }
    let mut total: u128 = 0;
    while !rest.is_empty() {
        let (whole, after) = split_digits(rest);
        let (fraction, after) = match after.strip_prefix('.') {
            Some(after) => split_digits(after),
            None => ("0", after),
        };
        if whole.is_empty() || fraction.is_empty() {
            return Err(bad("is no duration"));
        }
        let after = after.trim_ascii_start();
        let end = after.find(|c: char| !c.is_alphabetic()).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(end).unwrap_or((after, ""));
        let Some((_, unit)) = TIME_UNITS.iter().find(|(names, _)| names.contains(&name)) else {
            return Err(bad(if name.is_empty() { "lacks a unit" } else { "has an unknown unit" }));
        };
        let part = nanoseconds(whole, fraction, *unit).and_then(|part| total.checked_add(part));
        total = part.filter(|total| *total <= u128::from(u64::MAX) * SECOND).ok_or_else(|| bad("is too long"))?;
        rest = after.trim_ascii_start();
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds are a float")]
    Ok(total as f64 / SECOND as f64)
}

/// `whole.fraction` units; what is below a nanosecond is dropped.
fn nanoseconds(whole: &str, fraction: &str, unit: u128) -> Option<u128> {
    // The longest unit has 17 digits of nanoseconds, so further digits of a fraction add nothing.
    let fraction = fraction.get(..fraction.len().min(17))?;
    let scale = 10_u128.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let below = fraction.parse::<u128>().ok()?.checked_mul(unit)? / scale;
    let above = match whole.trim_start_matches('0') {
        "" => 0,
        digits => digits.parse::<u128>().ok()?.checked_mul(unit)?,
    };
    above.checked_add(below)
}

fn split_digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}
