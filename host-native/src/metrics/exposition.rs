//! An immutable picture of all series, from which scrapes copy.

use super::chunk::Chunk;
use super::heads::head;
use super::live::{Live, coded};
use super::negotiate::{Encoding, Format};
use bytes::Bytes;
use flate2::Crc;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// All series as of one moment, but for those about the process, which are written at each scrape.
#[derive(Debug, Default)]
pub struct Exposition {
    text: Body,
    open: Body,
    metrics: Vec<(usize, Vec<Arc<Chunk>>)>,
    live: Live,
}

#[derive(Debug, Default)]
struct Body {
    chunks: Vec<Arc<Chunk>>,
    crc: OnceLock<Crc>,
}

const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
/// An empty block that is the last.
const GZIP_END: [u8; 5] = [1, 0, 0, 0xff, 0xff];

impl Exposition {
    pub(super) fn new(metrics: Vec<(usize, Vec<Arc<Chunk>>)>, live: Live) -> Self {
        let body = |format| Body {
            chunks: metrics.iter().flat_map(|(at, chunks)| head(*at, format).into_iter().chain(chunks.iter().map(Arc::clone))).collect(),
            crc: OnceLock::new(),
        };
        Self { text: body(Format::Text), open: body(Format::OpenMetrics), metrics, live }
    }

    /// The body in parts of at most about 48 KB, ready to be sent one after the other. Shared bytes are not copied.
    pub fn parts(self: &Arc<Self>, format: Format, encoding: Encoding) -> Parts {
        let mut last = self.live.text(format);
        if format == Format::OpenMetrics {
            last.push_str("# EOF\n");
        }
        let (mut end, mut start) = (Vec::new(), None);
        if encoding == Encoding::Gzip {
            start = Some(Bytes::from_static(&GZIP_HEAD));
            let mut crc = Crc::new();
            crc.combine(self.body(format).crc());
            crc.update(last.as_bytes());
            end.extend_from_slice(&GZIP_END);
            end.extend_from_slice(&crc.sum().to_le_bytes());
            end.extend_from_slice(&crc.amount().to_le_bytes());
        }
        Parts { of: Arc::clone(self), format, encoding, next: 0, start, last: Some(coded(last, encoding)), end: Some(Bytes::from(end)) }
    }

    /// Counts a scrape that took so long, for the next one to show.
    pub fn observe(&self, encoding: Encoding, took: Duration) {
        self.live.scrapes.observe(encoding, took);
    }

    /// The whole body.
    pub fn bytes(self: &Arc<Self>, format: Format, encoding: Encoding) -> Vec<u8> {
        self.parts(format, encoding).fold(Vec::new(), |mut out, part| {
            out.extend_from_slice(&part);
            out
        })
    }

    /// Compresses what is not yet: for a thread that has time. Scrapes with gzip do the same for themselves.
    pub fn rest(&self) {
        self.text.chunks.iter().for_each(|c| c.rest());
    }

    /// The chunks of each metric, by its place in the table.
    pub(crate) fn metrics(&self) -> impl Iterator<Item = (usize, &[Arc<Chunk>])> {
        self.metrics.iter().map(|(at, chunks)| (*at, chunks.as_slice()))
    }

    /// The series about the process, as text of now.
    pub(crate) fn process(&self) -> String {
        self.live.text(Format::Text)
    }

    fn body(&self, format: Format) -> &Body {
        match format {
            Format::Text => &self.text,
            Format::OpenMetrics => &self.open,
        }
    }
}

impl Body {
    fn crc(&self) -> &Crc {
        self.crc.get_or_init(|| {
            let mut crc = Crc::new();
            self.chunks.iter().for_each(|c| crc.combine(c.crc()));
            crc
        })
    }
}

/// The parts of one scrape.
#[derive(Debug)]
pub struct Parts {
    of: Arc<Exposition>,
    format: Format,
    encoding: Encoding,
    next: usize,
    start: Option<Bytes>,
    last: Option<Bytes>,
    end: Option<Bytes>,
}

impl Parts {
    /// Bytes that are still to come. With a coding, what was never compressed is now.
    pub fn length(&self) -> usize {
        let chunks = self.of.body(self.format).chunks.get(self.next..).unwrap_or_default();
        let edge: usize = [&self.start, &self.last, &self.end].into_iter().flatten().map(Bytes::len).sum();
        let of = |c: &Arc<Chunk>| match self.encoding {
            Encoding::Identity => c.len(),
            Encoding::Gzip => c.deflated().len(),
            Encoding::Zstd => c.zstd().len(),
        };
        chunks.iter().map(of).fold(edge, usize::saturating_add)
    }
}

impl Iterator for Parts {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        if let Some(start) = self.start.take() {
            return Some(start);
        }
        if let Some(chunk) = self.of.body(self.format).chunks.get(self.next) {
            self.next = self.next.saturating_add(1);
            return Some(match self.encoding {
                Encoding::Identity => chunk.text(),
                Encoding::Gzip => chunk.deflated(),
                Encoding::Zstd => chunk.zstd(),
            });
        }
        self.last.take().or_else(|| self.end.take().filter(|e| !e.is_empty()))
    }
}
