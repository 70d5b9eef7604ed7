//! Text of about 48 KB that is compressed at rest.
//!
//! Each chunk is a deflate stream of its own that ends on a byte with a full flush, so that chunks joined are one stream; the
//! checksum of the whole is combined from those of the chunks. Fresh text is compressed when somebody asks, once.

use bytes::Bytes;
use flate2::{Compress, Compression, Crc, Decompress, FlushCompress, FlushDecompress, Status};
use std::cell::RefCell;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The most text of a chunk, as the writer cuts it: less would compress worse, more costs each event that touches it.
pub(super) const MOST: usize = 48 * 1024;

/// A part of an exposition.
pub(crate) struct Chunk {
    len: usize,
    crc: Crc,
    /// The text until it is compressed.
    plain: Mutex<Option<Bytes>>,
    deflated: OnceLock<Bytes>,
    zstd: OnceLock<Bytes>,
}

impl std::fmt::Debug for Chunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chunk").field("len", &self.len).field("at_rest", &self.deflated.get().map(Bytes::len)).finish_non_exhaustive()
    }
}

thread_local! {
    /// The compressor's tables are larger than what it compresses.
    static DEFLATE: RefCell<Compress> = RefCell::new(Compress::new(Compression::new(LEVEL), false));
    static INFLATE: RefCell<Decompress> = RefCell::new(Decompress::new(false));
}

/// Series repeat each other so much that more effort buys little.
const LEVEL: u32 = 1;

impl Chunk {
    /// Of text that ends with a line's end.
    pub(super) fn new(text: Vec<u8>) -> Arc<Self> {
        let mut crc = Crc::new();
        crc.update(&text);
        Arc::new(Self { len: text.len(), crc, plain: Mutex::new(Some(Bytes::from(text))), deflated: OnceLock::new(), zstd: OnceLock::new() })
    }

    /// Length of the text.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Checksum of the text.
    pub(super) fn crc(&self) -> &Crc {
        &self.crc
    }

    /// The text.
    pub(crate) fn text(&self) -> Bytes {
        let plain = self.plain.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match (plain, self.deflated.get()) {
            (Some(text), _) => text,
            (None, Some(deflated)) => Bytes::from(inflate(deflated, self.len)),
            (None, None) => Bytes::new(),
        }
    }

    /// The text as deflate blocks, none of them the last.
    pub(super) fn deflated(&self) -> Bytes {
        let out = self.deflated.get_or_init(|| {
            let text = self.plain.lock().unwrap_or_else(PoisonError::into_inner).clone().unwrap_or_default();
            Bytes::from(deflate(&text))
        });
        *self.plain.lock().unwrap_or_else(PoisonError::into_inner) = None;
        out.clone()
    }

    /// The text as one zstd frame; frames joined are one stream.
    pub(super) fn zstd(&self) -> Bytes {
        self.zstd.get_or_init(|| zstd_frame(&self.text())).clone()
    }

    /// Gives the memory of fresh text back.
    pub(super) fn rest(&self) {
        let _ = self.deflated();
    }
}

/// One zstd frame; nothing can fail on memory that is there.
pub(super) fn zstd_frame(text: &[u8]) -> Bytes {
    let mut out = Vec::with_capacity(text.len() / 8);
    match zstd::stream::copy_encode(text, &mut out, LEVEL as i32) {
        Ok(()) => Bytes::from(out),
        Err(_) => Bytes::new(),
    }
}

/// Deflate blocks that end with a full flush.
pub(super) fn deflate(text: &[u8]) -> Vec<u8> {
    DEFLATE.with_borrow_mut(|c| {
        c.reset();
        // Twelve to one is usual.
        let mut out = Vec::with_capacity((text.len() / 8).saturating_add(64));
        let mut rest = text;
        loop {
            let before = c.total_in();
            let status = c.compress_vec(rest, &mut out, FlushCompress::Full);
            let used = usize::try_from(c.total_in().saturating_sub(before)).unwrap_or(rest.len());
            rest = rest.get(used..).unwrap_or_default();
            // Room left over means that the flush is complete.
            if status.is_err() || (rest.is_empty() && out.len() < out.capacity()) {
                break;
            }
            out.reserve(out.capacity().max(64));
        }
        out.shrink_to_fit();
        out
    })
}

/// The text of deflate blocks that [`deflate`] made.
pub(super) fn inflate(blocks: &[u8], len: usize) -> Vec<u8> {
    INFLATE.with_borrow_mut(|d| {
        d.reset(false);
        let mut out = Vec::with_capacity(len);
        let mut rest = blocks;
        while out.len() < len {
            let before = d.total_in();
            let status = d.decompress_vec(rest, &mut out, FlushDecompress::None);
            let used = usize::try_from(d.total_in().saturating_sub(before)).unwrap_or(rest.len());
            rest = rest.get(used..).unwrap_or_default();
            if !matches!(status, Ok(Status::Ok)) || rest.is_empty() {
                break;
            }
        }
        debug_assert_eq!(out.len(), len, "what was compressed comes back");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_from_rest() {
        let mut noise = 7_u64;
        for len in [0, 1, 60, 5_000, 65_536, 200_000] {
            // Text that compresses, and bytes that do not.
            let text: Vec<u8> = (0..len).map(|i| b"gatescope_exposure_info{route=\"a\"} 1\n"[i % 37]).collect();
            let random: Vec<u8> = (0..len)
                .map(|_| {
                    noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (noise >> 33) as u8
                })
                .collect();
            for text in [text, random] {
                let chunk = Chunk::new(text.clone());
                assert_eq!(chunk.text(), text);
                let deflated = chunk.deflated();
                assert!(chunk.plain.lock().unwrap().is_none());
                assert_eq!(chunk.text(), text);
                assert_eq!(chunk.len(), len);
                assert!(deflated.ends_with(&[0, 0, 0xff, 0xff]) || len == 0, "a full flush");
                assert_eq!(zstd::stream::decode_all(&chunk.zstd()[..]).unwrap(), text);
            }
        }
    }
}
