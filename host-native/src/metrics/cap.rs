//! Caps: of each namespace the first series in order, of those the first of each tenant, and of those the first in all. What is shown depends on what there
//! is and on nothing else, so that two exporters with the same objects show the same.

use super::chunk::Chunk;
use super::lines::lines;
use super::text::{parse, unescape};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// The most series of one metric: of a namespace, of the namespaces of a tenant, of all; 0 for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Caps {
    pub namespace: usize,
    pub tenant: usize,
    pub all: usize,
}

/// Namespaces with their tenants.
pub(super) type Tenants = BTreeMap<String, String>;

/// What is remembered of the chunks of one metric.
#[derive(Debug, Default)]
pub(super) struct Capped {
    seen: HashMap<usize, Seen>,
}

#[derive(Debug)]
struct Seen {
    /// Keeps the address that it is known by.
    chunk: Arc<Chunk>,
    /// Runs of one namespace with how many lines each has.
    runs: Arc<[(Box<str>, usize)]>,
    /// What was shown of it: lines kept of each run.
    kept: Vec<usize>,
    shown: Option<Arc<Chunk>>,
}

impl Capped {
    /// The chunks with what is over the caps left out, and how much that was.
    pub(super) fn view<'a>(&mut self, chunks: impl Iterator<Item = &'a Arc<Chunk>>, caps: Caps, tenants: &Tenants) -> (Vec<Arc<Chunk>>, BTreeMap<String, u64>) {
        let cap = |n: usize| if n == 0 { usize::MAX } else { n };
        let (of_each, of_tenant, of_all) = (cap(caps.namespace), cap(caps.tenant), cap(caps.all));
        let mut before = core::mem::take(&mut self.seen);
        let (mut out, mut over) = (Vec::new(), BTreeMap::new());
        let mut namespace: Box<str> = "".into();
        let (mut in_namespace, mut in_all) = (0_usize, 0_usize);
        let mut in_tenants: BTreeMap<&str, usize> = BTreeMap::new();
        for chunk in chunks {
            let address = Arc::as_ptr(chunk) as usize;
            let mut seen =
                before.remove(&address).unwrap_or_else(|| Seen { chunk: Arc::clone(chunk), runs: runs(&chunk.text()), kept: Vec::new(), shown: None });
            let mut kept = Vec::with_capacity(seen.runs.len());
            for (name, count) in &*seen.runs {
                if *name != namespace {
                    namespace.clone_from(name);
                    in_namespace = 0;
                }
                // Namespaces without a tenant are nobody's.
                let mut alone = 0;
                let in_tenant = tenants.get(&**name).map_or(&mut alone, |tenant| in_tenants.entry(tenant).or_default());
                let free = of_each.saturating_sub(in_namespace).min(of_all.saturating_sub(in_all));
                let keep = (*count).min(free).min(if tenants.contains_key(&**name) { of_tenant.saturating_sub(*in_tenant) } else { usize::MAX });
                *in_tenant = in_tenant.saturating_add(keep);
                in_namespace = in_namespace.saturating_add(keep);
                in_all = in_all.saturating_add(keep);
                kept.push(keep);
                if keep < *count {
                    let sum: &mut u64 = over.entry(name.to_string()).or_default();
                    *sum = sum.saturating_add(count.saturating_sub(keep) as u64);
                }
            }
            if seen.shown.is_none() || seen.kept != kept {
                let whole = seen.runs.iter().zip(&kept).all(|((_, count), keep)| count == keep);
                seen.shown = Some(if whole { Arc::clone(&seen.chunk) } else { part(&seen, &kept) });
                seen.kept = kept;
            }
            out.extend(seen.shown.clone().filter(|c| c.len() > 0));
            self.seen.insert(address, seen);
        }
        (out, over)
    }
}

fn part(seen: &Seen, kept: &[usize]) -> Arc<Chunk> {
    let text = seen.chunk.text();
    let mut from = lines(&text);
    let mut out = String::new();
    for ((_, count), keep) in seen.runs.iter().zip(kept) {
        for (i, line) in from.by_ref().take(*count).enumerate() {
            if i < *keep {
                out.push_str(line);
                out.push('\n');
            }
        }
    }
    Chunk::new(out.into_bytes())
}

fn runs(text: &[u8]) -> Arc<[(Box<str>, usize)]> {
    let mut out: Vec<(Box<str>, usize)> = Vec::new();
    for line in lines(text) {
        let namespace = namespace(line);
        match out.last_mut() {
            Some((last, count)) if **last == *namespace => *count = count.saturating_add(1),
            _ => out.push((namespace.into(), 1)),
        }
    }
    out.into()
}

/// The namespace of a line: its first label, where that is one.
fn namespace(line: &str) -> std::borrow::Cow<'_, str> {
    match parse(line).and_then(|(_, labels, _)| labels.first().copied()) {
        Some(("namespace" | "route_namespace", value)) => unescape(value),
        _ => "".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(lines: &[&str]) -> Arc<Chunk> {
        Chunk::new(
            lines.iter().map(|l| format!("m{{namespace=\"{}\",a=\"{}\"}} 1\n", l.get(..1).unwrap(), l.get(1..).unwrap())).collect::<String>().into_bytes(),
        )
    }

    fn show(capped: &mut Capped, chunks: &[Arc<Chunk>], caps: Caps, tenants: &Tenants) -> (String, String) {
        let (shown, over) = capped.view(chunks.iter(), caps, tenants);
        let text: String = shown.iter().map(|c| String::from_utf8(c.text().to_vec()).unwrap()).collect();
        let names: Vec<String> = text.lines().map(|l| l.split('"').skip(1).step_by(2).take(2).collect()).collect();
        (names.join(" "), over.into_iter().map(|(n, c)| format!("{n}{c}")).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn tenants_share_a_cap_over_their_namespaces() {
        let chunks = [chunk(&["a1", "a2"]), chunk(&["a3", "b1", "b2"]), chunk(&["c1", "c2", "d1", "d2", "d3", "d4"])];
        let tenants: Tenants = [("a", "red"), ("b", "blue"), ("c", "red")].map(|(n, t)| (n.to_owned(), t.to_owned())).into();
        let caps = |namespace| Caps { namespace, tenant: 3, all: 0 };
        let mut capped = Capped::default();
        assert_eq!(show(&mut capped, &chunks, caps(0), &tenants), ("a1 a2 a3 b1 b2 d1 d2 d3 d4".into(), "c2".into()));
        assert_eq!(show(&mut capped, &chunks, caps(2), &tenants), ("a1 a2 b1 b2 c1 d1 d2".into(), "a1 c1 d2".into()));
        assert_eq!(show(&mut capped, &chunks, caps(0), &Tenants::new()).1, "");
    }

    #[test]
    fn the_first_of_each_namespace_and_of_all() {
        let chunks = [chunk(&["a1", "a2"]), chunk(&["a3", "b1", "b2"]), chunk(&["c1"])];
        let mut capped = Capped::default();
        let mut show = |chunks: &[Arc<Chunk>], (namespace, all)| show(&mut capped, chunks, Caps { namespace, all, tenant: 0 }, &Tenants::new());
        assert_eq!(show(&chunks, (2, 0)), ("a1 a2 b1 b2 c1".into(), "a1".into()));
        assert_eq!(show(&chunks, (2, 0)), ("a1 a2 b1 b2 c1".into(), "a1".into()));
        assert_eq!(show(&chunks, (1, 2)), ("a1 b1".into(), "a2 b1 c1".into()));
        assert_eq!(show(&chunks, (0, 4)), ("a1 a2 a3 b1".into(), "b1 c1".into()));
        let fewer = [chunk(&["a1"]), Arc::clone(&chunks[1]), Arc::clone(&chunks[2])];
        assert_eq!(show(&fewer, (2, 0)), ("a1 a3 b1 b2 c1".into(), String::new()));
    }
}
