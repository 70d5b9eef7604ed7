//! The page as one file: its template, with the module and the data as blocks of base64.

use super::{SINGLE, packed, plain};
use base64::Engine as _;
use flate2::{Compression, write::GzEncoder};
use std::io::Write as _;

/// What the page shows at once.
#[derive(Debug)]
pub(crate) struct Data {
    /// What to call it.
    pub name: String,
    /// JSON texts, one after the other.
    pub json: Vec<u8>,
    /// The resolver's settings, as JSON.
    pub settings: String,
}

/// The whole page. `None` where this build carries none. The page's policy allows no other place at all, and its
/// blocks are never run: what they hold cannot change that.
pub(crate) fn single(module: &[u8], data: Option<&Data>) -> Option<Vec<u8>> {
    let html = String::from_utf8(plain(packed(SINGLE)?)?).ok()?;
    let module = block("gatescope-module", "", &zip(module)?);
    let data = match data {
        Some(d) => block("gatescope-data", &format!(" data-name=\"{}\" data-settings=\"{}\"", escaped(&d.name), escaped(&d.settings)), &zip(&d.json)?),
        None => String::new(),
    };
    Some(html.replacen("<!--gatescope-module-->", &module, 1).replacen("<!--gatescope-data-->", &data, 1).into_bytes())
}

fn block(id: &str, attributes: &str, bytes: &[u8]) -> String {
    format!("<script type=\"text/plain\" id=\"{id}\"{attributes}>{}</script>", base64::engine::general_purpose::STANDARD.encode(bytes))
}

/// The same bytes for the same input: no time, no name.
fn zip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = GzEncoder::new(Vec::new(), Compression::best());
    out.write_all(bytes).ok()?;
    out.finish().ok()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_stays_data() {
        let data = Data { name: "\"><script>alert(1)</script>".into(), json: b"</script><script>alert(2)</script>".to_vec(), settings: "{}".into() };
        let Some(page) = single(b"\0asm", Some(&data)) else { return };
        let html = String::from_utf8(page).unwrap();
        assert!(!html.contains("<script>alert"), "escaped or encoded");
        assert!(html.contains("&quot;&gt;&lt;script&gt;alert(1)") && html.contains("id=\"gatescope-data\"") && html.contains("id=\"gatescope-module\""));
        assert!(!html.contains("<!--gatescope"), "both places are filled");
    }
}
