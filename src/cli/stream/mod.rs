//! `plimsoll render --stream`: a request on each line in, a result on each line out.
//!
//! One thread reads and cuts lines, those of rayon render, and the main thread hands out and writes what comes back, in
//! order. What is on its way is bounded, so whoever reads the results slowly slows down the reading of requests.

pub(super) mod batches;
mod output;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

use plimsoll::diagnostics::{Diagnostic, Report, code};
use plimsoll::facts::limits;
use plimsoll::stream::{Memory, Stream, too_large};
use rayon::ScopeFifo;

use self::batches::{Batch, Batches};
use self::output::{Output, Piece};
use super::terminal::Terminal;

/// Bytes of results that are handed on at once, about.
const PIECE: usize = 1 << 20;
/// Batches that are read ahead, for each thread.
const AHEAD: usize = 4;

/// Where requests come from.
pub(super) struct Input {
    name: String,
    input: Box<dyn Read + Send>,
    /// Bytes of all of them, where this is known.
    length: Option<u64>,
}

impl Input {
    /// A file, or standard input for `-`.
    pub(super) fn open(path: &Path) -> Result<Self, Diagnostic> {
        if path == Path::new("-") {
            return Ok(Self { name: "<stdin>".to_owned(), input: Box::new(io::stdin()), length: length_of_stdin() });
        }
        let name = path.to_string_lossy().into_owned();
        let file = File::open(path).map_err(|error| unreadable(&name, &error))?;
        Ok(Self { name, length: length(&file), input: Box::new(file) })
    }
}

#[cfg(unix)]
fn length_of_stdin() -> Option<u64> {
    use std::os::fd::AsFd;
    length(&io::stdin().as_fd().try_clone_to_owned().ok()?.into())
}

#[cfg(not(unix))]
fn length_of_stdin() -> Option<u64> {
    None
}

fn length(file: &File) -> Option<u64> {
    file.metadata().ok().filter(|file| file.is_file()).map(|file| file.len())
}

fn unreadable(name: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(code::UNREADABLE, format!("`{name}` cannot be read: {error}"))
}

/// Something that only a mistake of ours can bring about.
fn lost() -> Diagnostic {
    Diagnostic::new(code::INTERNAL, "a part of the stream was lost").help("this is a mistake of ours: please report it")
}

/// Batches, an end, or what prevents it.
type Batched = io::Result<Option<Batch>>;

/// Answers all requests, or those before the first that is refused.
pub(super) fn run(stream: &Stream<'_>, input: Input, fail_fast: bool, terminal: &Terminal) -> Result<(), Report> {
    let Input { name, input, length } = input;
    let (sender, batches) = sync_channel::<Batched>(1);
    // Nobody waits for it: it may be waiting for requests that never come.
    thread::spawn(move || read(input, &sender));
    let mut output = Output::new(length, terminal);
    let answers = Answers { stream, memories: Mutex::default(), stop: AtomicBool::new(false), fail_fast };
    let failure = rayon::in_place_scope_fifo(|scope| {
        let ended = answers.all(&batches, &mut output, scope);
        answers.stop.store(true, Ordering::Relaxed);
        ended.err()
    });
    let failure = failure.map(|failure| match failure {
        Failure::Read(error) => unreadable(&name, &error),
        Failure::Other(diagnostic) => diagnostic,
    });
    output.finish(failure, fail_fast)
}

fn read(input: impl Read, batches: &SyncSender<Batched>) {
    let mut lines = Batches::new(input, limits::REQUEST_BYTES);
    loop {
        let batch = lines.next();
        let more = matches!(batch, Ok(Some(_)));
        // If nobody takes it, nobody wants more.
        if batches.send(batch).is_err() || !more {
            return;
        }
    }
}

/// What ends a stream early.
enum Failure {
    Read(io::Error),
    Other(Diagnostic),
}

/// What the threads that render share.
struct Answers<'s> {
    stream: &'s Stream<'s>,
    /// What threads kept that are not rendering.
    memories: Mutex<Vec<Memory>>,
    /// Whether nobody wants any more.
    stop: AtomicBool,
    fail_fast: bool,
}

impl Answers<'_> {
    /// Hands out batches and writes what comes back of each, in order.
    fn all<'scope>(
        &'scope self,
        batches: &Receiver<Batched>,
        output: &mut Output<'_>,
        scope: &ScopeFifo<'scope>,
    ) -> Result<(), Failure> {
        let most = AHEAD * rayon::current_num_threads();
        let mut waiting: VecDeque<Receiver<Piece>> = VecDeque::new();
        let mut ended = None;
        loop {
            while ended.is_none() && waiting.len() < most {
                match take(batches, waiting.is_empty()) {
                    Ok(Some(Ok(Some(batch)))) => waiting.push_back(self.hand_out(batch, scope)),
                    Ok(Some(Ok(None))) => ended = Some(Ok(())),
                    Ok(Some(Err(error))) => ended = Some(Err(Failure::Read(error))),
                    Ok(None) => break,
                    Err(lost) => ended = Some(Err(Failure::Other(lost))),
                }
            }
            let Some(first) = waiting.front() else { return ended.unwrap_or(Ok(())) };
            let piece = first.recv().map_err(|_| Failure::Other(lost()))?;
            if piece.end.is_some() {
                waiting.pop_front();
            }
            let last = self.fail_fast && piece.refused > 0;
            let more = output.write(piece).map_err(Failure::Other)?;
            if last || !more {
                return Ok(());
            }
        }
    }

    fn hand_out<'scope>(&'scope self, batch: Batch, scope: &ScopeFifo<'scope>) -> Receiver<Piece> {
        let (sender, pieces) = sync_channel(1);
        // In order, or the batch that is written next could wait for threads that wait for it to be written.
        scope.spawn_fifo(move |_| {
            let memories = || self.memories.lock().unwrap_or_else(PoisonError::into_inner);
            let memory = memories().pop();
            let mut memory = memory.unwrap_or_else(|| self.stream.memory());
            self.answer(&batch, &mut memory, &sender);
            memories().push(memory);
        });
        pieces
    }

    fn answer(&self, batch: &Batch, memory: &mut Memory, pieces: &SyncSender<Piece>) {
        let mut piece = Piece::default();
        for (line, number) in batch.lines.iter().zip(batch.first..) {
            if self.stop.load(Ordering::Relaxed) {
                return;
            }
            let answer = match line.clone().and_then(|line| batch.bytes.get(line)) {
                Some(line) => {
                    let line = line.strip_suffix(b"\r").unwrap_or(line);
                    self.stream.answer(number, line, memory, &mut piece.bytes)
                }
                None => too_large(number, limits::REQUEST_BYTES, &mut piece.bytes),
            };
            piece.count(number, answer);
            if self.fail_fast && piece.refused > 0 {
                break;
            }
            if piece.bytes.len() >= PIECE && pieces.send(std::mem::take(&mut piece)).is_err() {
                return;
            }
        }
        piece.end = Some(batch.end);
        // If nobody takes it, nobody wants more.
        let _ = pieces.send(piece);
    }
}

/// The next batch; none if there is none yet and nobody wants to wait for it.
fn take(batches: &Receiver<Batched>, wait: bool) -> Result<Option<Batched>, Diagnostic> {
    if wait {
        return batches.recv().map(Some).map_err(|_| lost());
    }
    match batches.try_recv() {
        Ok(batch) => Ok(Some(batch)),
        Err(TryRecvError::Empty) => Ok(None),
        Err(TryRecvError::Disconnected) => Err(lost()),
    }
}
