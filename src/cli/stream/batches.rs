//! Lines of a stream, as many at a time as there are: nothing waits for more.

use std::io::{self, ErrorKind, Read};
use std::ops::Range;

/// Bytes that are read at once, which is what a pipe holds.
const CHUNK: usize = 64 << 10;

/// Whole lines, behind one another.
#[derive(Debug, Default)]
pub(in crate::cli) struct Batch {
    /// The number of the first line, from 1.
    pub(in crate::cli) first: u64,
    /// Their bytes.
    pub(in crate::cli) bytes: Vec<u8>,
    /// Where each is, without its line end; none for a line that was dropped because it is too large.
    pub(in crate::cli) lines: Vec<Option<Range<usize>>>,
    /// Bytes of the input up to the last of them.
    pub(in crate::cli) end: u64,
}

/// Cuts what is read into lines.
#[derive(Debug)]
pub(in crate::cli) struct Batches<R> {
    input: R,
    /// Bytes that a line may have.
    limit: usize,
    /// The line that is not whole yet.
    rest: Vec<u8>,
    /// Whether that line is too large and dropped.
    dropping: bool,
    /// Lines so far.
    number: u64,
    /// Bytes so far.
    read: u64,
}

impl<R: Read> Batches<R> {
    pub(in crate::cli) const fn new(input: R, limit: usize) -> Self {
        Self { input, limit, rest: Vec::new(), dropping: false, number: 0, read: 0 }
    }

    /// The lines that are there; none at the end.
    pub(in crate::cli) fn next(&mut self) -> io::Result<Option<Batch>> {
        loop {
            let mut bytes = std::mem::take(&mut self.rest);
            let searched = bytes.len();
            if self.fill(&mut bytes)? == 0 {
                return Ok(self.last(bytes));
            }
            let (lines, start) = self.cut(&bytes, searched);
            if lines.is_empty() {
                self.keep(bytes);
                continue;
            }
            self.keep(bytes.get(start..).unwrap_or_default().to_vec());
            bytes.truncate(start);
            return Ok(Some(self.batch(bytes, lines)));
        }
    }

    /// The lines that end behind `searched`, and where the next begins.
    fn cut(&mut self, bytes: &[u8], searched: usize) -> (Vec<Option<Range<usize>>>, usize) {
        let mut start = 0;
        let ends = memchr::memchr_iter(b'\n', bytes.get(searched..).unwrap_or_default());
        let line = |end| {
            let line = start..searched + end;
            start = line.end + 1;
            (!std::mem::take(&mut self.dropping)).then_some(line)
        };
        (ends.map(line).collect(), start)
    }

    /// Keeps the beginning of a line for later, unless it is too large.
    fn keep(&mut self, rest: Vec<u8>) {
        self.dropping |= rest.len() > self.limit;
        if !self.dropping {
            self.rest = rest;
        }
    }

    /// The last line where no line end stands behind it.
    fn last(&mut self, bytes: Vec<u8>) -> Option<Batch> {
        let dropped = std::mem::take(&mut self.dropping);
        if bytes.is_empty() && !dropped {
            return None;
        }
        let line = (!dropped).then_some(0..bytes.len());
        Some(self.batch(bytes, vec![line]))
    }

    fn batch(&mut self, bytes: Vec<u8>, lines: Vec<Option<Range<usize>>>) -> Batch {
        let first = self.number + 1;
        self.number += lines.len() as u64;
        Batch { first, bytes, lines, end: self.read - self.rest.len() as u64 }
    }

    /// Reads what is there, once something is.
    fn fill(&mut self, bytes: &mut Vec<u8>) -> io::Result<usize> {
        let before = bytes.len();
        bytes.resize(before + CHUNK, 0);
        let read = loop {
            match self.input.read(bytes.get_mut(before..).unwrap_or_default()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let read = read.inspect_err(|_| bytes.truncate(before))?;
        bytes.truncate(before + read);
        self.read += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives as many bytes at a time as it is told.
    struct Slow<'t>(&'t [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let (now, rest) = self.0.split_at(self.1.min(self.0.len()).min(out.len()));
            out[..now.len()].copy_from_slice(now);
            self.0 = rest;
            Ok(now.len())
        }
    }

    /// All lines, `-` for those that were dropped.
    fn lines(text: &str, at_once: usize) -> Vec<String> {
        let mut batches = Batches::new(Slow(text.as_bytes(), at_once), 5);
        let mut all = Vec::new();
        let mut end = 0;
        while let Some(batch) = batches.next().expect("it can be read") {
            assert_eq!(batch.first, all.len() as u64 + 1);
            end = batch.end;
            let line = |line: Option<Range<usize>>| {
                line.map_or("-".into(), |line| String::from_utf8(batch.bytes[line].to_vec()).expect("UTF-8"))
            };
            all.extend(batch.lines.into_iter().map(line));
        }
        assert_eq!(end, text.len() as u64);
        all
    }

    #[test]
    fn lines_do_not_depend_on_how_they_arrive() {
        for at_once in 1..20 {
            assert_eq!(lines("", at_once), Vec::<String>::new());
            assert_eq!(lines("one\n\ntwo\r\nend", at_once), ["one", "", "two\r", "end"], "{at_once}");
            assert_eq!(lines("one\n\n", at_once), ["one", ""], "{at_once}");
        }
    }

    #[test]
    fn a_line_that_is_too_large_is_dropped_as_it_comes() {
        for at_once in 1..5 {
            assert_eq!(lines("a\n1234567890\n12345\nb", at_once), ["a", "-", "12345", "b"], "{at_once}");
            assert_eq!(lines("a\n1234567890", at_once), ["a", "-"], "{at_once}");
        }
    }
}
