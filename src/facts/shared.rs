//! Hosts that many requests have in common: read once.

use std::sync::Arc;

use super::decode::{Decoder, Path};
use super::host::Host;
use super::reader::Reader;
use super::recording::RecordedHost;
use super::text::Node;
use crate::diagnostics::Report;
use crate::schema::facts::FactSchema;
use crate::source::{Source, Text};

/// A recording that was read, with its text: the second source of every request that shares it.
#[derive(Clone, Debug)]
pub struct SharedRecording {
    text: Text,
    host: Arc<dyn Host>,
    /// The text as it may be shown.
    source: Arc<Source>,
}

impl SharedRecording {
    /// Reads a recording, a JSON document; `name` is what diagnostics call it.
    ///
    /// # Errors
    ///
    /// Every mistake in it.
    pub fn from_json(name: &str, text: &str, schema: &FactSchema) -> Result<Self, Report> {
        let mut reader = Reader::new(schema);
        // In the place of a request.
        reader.sources.add("", "");
        let (host, recording) = Self::read(name, text, &mut reader);
        let Decoder { mut found, refused, .. } = reader.decoder;
        found.append(refused);
        let report = || Report::new(found.into_list(), &[&reader.sources]);
        recording.map(|source| Self { text: text.into(), host, source }).ok_or_else(report)
    }

    /// The host that it records.
    #[must_use]
    pub fn host(&self) -> Arc<dyn Host> {
        Arc::clone(&self.host)
    }

    /// Reads what becomes the next source. Without a mistake anywhere so far, that source.
    fn read(name: &str, text: &str, reader: &mut Reader<'_>) -> (Arc<dyn Host>, Option<Arc<Source>>) {
        let id = reader.sources.next();
        let node = reader.json(name, text, reader.schema.limits().recording);
        let host: Arc<dyn Host> = Arc::new(reader.host(node.as_ref(), &Path::Root(name)));
        let sound = !reader.decoder.found.has_errors() && !reader.decoder.refused.has_errors();
        (host, reader.sources.get(id).filter(|_| sound).cloned())
    }

    fn share(&self, reader: &mut Reader<'_>) -> Arc<dyn Host> {
        reader.sources.share(Arc::clone(&self.source));
        Arc::clone(&self.host)
    }
}

/// The host of the request before, for those behind it that have the same in the same words.
#[derive(Clone, Debug, Default)]
pub struct SharedHost {
    last: Option<SharedRecording>,
    /// The host of requests that have none.
    fallback: Option<SharedRecording>,
}

impl SharedHost {
    /// Requests without a host get this one.
    #[must_use]
    pub const fn or(fallback: Option<SharedRecording>) -> Self {
        Self { last: None, fallback }
    }

    /// The text of the host that is kept.
    pub(super) fn text(&self) -> Option<&str> {
        self.last.as_ref().map(|last| &*last.text)
    }

    /// The host of a request, given as its text, and whether there is one. It becomes a source of its own, the next one.
    pub(super) fn of(&mut self, reader: &mut Reader<'_>, given: Option<&Node<'_>>) -> (Arc<dyn Host>, bool) {
        let Some(text) = given.and_then(Node::plain) else {
            let none = || -> Arc<dyn Host> { Arc::new(RecordedHost::empty()) };
            return (self.fallback.as_ref().map_or_else(none, |it| it.share(reader)), self.fallback.is_some());
        };
        if let Some(last) = self.last.as_ref().filter(|last| *last.text == *text) {
            return (last.share(reader), true);
        }
        let (host, source) = SharedRecording::read("host", text, reader);
        // What may begin another value is not told from it by its text.
        let source = source.filter(|_| text.starts_with('{'));
        self.last = source.map(|source| SharedRecording { text: text.into(), host: Arc::clone(&host), source });
        (host, true)
    }
}
