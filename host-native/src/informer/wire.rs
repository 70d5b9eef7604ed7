//! Lists and watch events as they stand on the wire: objects stay text.

use super::client::Frames;
use super::fault::Fault;
use serde::Deserialize;
use serde_json::value::RawValue;

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct Page<'a> {
    #[serde(default)]
    pub metadata: ListMeta,
    #[serde(borrow, default)]
    pub items: Option<Vec<&'a RawValue>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ListMeta {
    #[serde(default)]
    pub resource_version: String,
    #[serde(default, rename = "continue")]
    pub next: String,
}

/// One line of a watch.
#[derive(Deserialize)]
pub(super) struct Event<'a> {
    #[serde(rename = "type")]
    pub kind: &'a str,
    #[serde(borrow)]
    pub object: &'a RawValue,
}

/// What a watch needs of an object beside the object.
#[derive(Default, Deserialize)]
pub(super) struct Mark {
    #[serde(default)]
    pub metadata: MarkMeta,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct MarkMeta {
    #[serde(default)]
    pub resource_version: String,
    #[serde(default)]
    pub name: String,
    #[serde(default)]
    pub generation: i64,
    #[serde(default)]
    pub annotations: Option<MarkAnnotations>,
}

#[derive(Default, Deserialize)]
pub(super) struct MarkAnnotations {
    #[serde(default, rename = "k8s.io/initial-events-end")]
    pub initial_events_end: Option<String>,
}

impl Mark {
    pub(super) fn of(object: &RawValue) -> Self {
        serde_json::from_str(object.get()).unwrap_or_default()
    }
    pub(super) fn ends_the_list(&self) -> bool {
        self.metadata.annotations.as_ref().is_some_and(|a| a.initial_events_end.as_deref() == Some("true"))
    }
}

/// The lines of a watch. [`Self::next`] may be cancelled without loss.
pub(super) struct Lines {
    frames: Frames,
    buffer: Vec<u8>,
    /// Where the next line starts, and up to where there is no line break.
    start: usize,
    searched: usize,
}

impl Lines {
    pub(super) fn of(frames: Frames) -> Self {
        Self { frames, buffer: Vec::new(), start: 0, searched: 0 }
    }

    /// How long silence may last from here on.
    pub(super) fn patience(&mut self, idle: std::time::Duration) {
        self.frames.patience(idle);
    }

    /// A line that is here already, without waiting.
    pub(super) fn ready(&mut self) -> Option<&[u8]> {
        let at = self.buffer.get(self.searched..)?.iter().position(|b| *b == b'\n');
        let Some(at) = at else {
            self.searched = self.buffer.len();
            return None;
        };
        let end = self.searched.saturating_add(at);
        let from = self.start;
        self.start = end.saturating_add(1);
        self.searched = self.start;
        self.buffer.get(from..end)
    }

    /// Waits for more bytes; `false` at the end.
    pub(super) async fn more(&mut self) -> Result<bool, Fault> {
        let Some(bytes) = self.frames.next().await? else { return Ok(false) };
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched = self.searched.saturating_sub(self.start);
            self.start = 0;
        }
        self.buffer.extend_from_slice(&bytes);
        // One huge object must not cost its memory for ever.
        if self.buffer.capacity() > 4 << 20 && self.buffer.len() < 1 << 20 {
            self.buffer.shrink_to(1 << 20);
        }
        Ok(true)
    }
}
