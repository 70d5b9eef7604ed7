//! Mutations: of bytes, and of JSON values.

use crate::workload::Seed;
use serde_json::{Map, Value, json};

/// Texts that are odd somewhere.
const ODD: &[&str] = &[
    "",
    "*",
    "*.",
    "*.*.com",
    ".",
    "a..b",
    "/",
    "//",
    "/a/",
    "%2F",
    "None",
    "All",
    "Same",
    "Selector",
    "default",
    "(a*)*b",
    "[",
    "\\",
    "^.*$",
    "xn--nxasmq6b",
    "255.255.255.255",
    "[::1]",
    "host:80",
    "A.EXAMPLE.COM",
    "\u{0}",
    "\u{202e}",
    "ß",
    "😀",
    "gateway.networking.k8s.io",
    "gateway.networking.x-k8s.io",
    "Gateway",
    "ListenerSet",
    "HTTPRoute",
    "Service",
    "RegularExpression",
    "Exact",
    "PathPrefix",
    "2026-01-01T00:00:00Z",
    "0000-00-00T99:99:99Z",
    "gatescope/snapshot/v1",
    "items",
    "List",
];
const NUMBERS: &[i64] = &[0, 1, -1, 80, 443, 65_535, 65_536, i32::MAX as i64, i64::MAX, i64::MIN, 1_000_000, 1_000_001];
/// Bytes that mean something to JSON, YAML or hostnames.
const BYTES: &[u8] = b"{}[]\",:\\/*.-_ \n\t0179eE+aZ\0\x1f\x7f\x80\xc3\xff#&!|>%@'";

/// Makes inputs from inputs.
pub(super) struct Mutator {
    seed: Seed,
    json: bool,
}

impl Mutator {
    pub(super) fn new(seed: Seed, json: bool) -> Self {
        Self { seed, json }
    }

    /// One of the pool, changed.
    pub(super) fn next(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut input = self.one(pool).to_vec();
        // Most changes of bytes only break JSON; so most are of its values.
        if self.json
            && self.seed.below(8) > 0
            && let Ok(mut value) = serde_json::from_slice::<Value>(&input)
        {
            let other = serde_json::from_slice::<Value>(self.one(pool)).unwrap_or_default();
            for _ in 0..=self.seed.below(5) {
                self.change(&mut value, &other);
            }
            return value.to_string().into_bytes();
        }
        for _ in 0..=self.seed.below(4) {
            self.bytes(&mut input, pool);
        }
        input
    }

    fn one<'p>(&mut self, pool: &'p [Vec<u8>]) -> &'p [u8] {
        // What came last showed something new: it is taken more often.
        let late = self.seed.below(3) == 0;
        let at = if late { pool.len() - 1 - self.seed.below(pool.len().min(64)) } else { self.seed.below(pool.len()) };
        &pool[at]
    }

    fn range(&mut self, len: usize, longest: usize) -> std::ops::Range<usize> {
        let from = self.seed.below(len + 1);
        from..(from + self.seed.below(longest) + 1).min(len)
    }

    fn bytes(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let len = input.len();
        let at = self.seed.below(len + 1);
        match self.seed.below(8) {
            0 if at < len => input[at] ^= 1 << self.seed.below(8),
            1 if at < len => input[at] = BYTES[self.seed.below(BYTES.len())],
            2 => input.insert(at, BYTES[self.seed.below(BYTES.len())]),
            3 => drop(input.drain(self.range(len, 32))),
            4 => {
                let copy = input[self.range(len, 64)].to_vec();
                let times = 1 + self.seed.below(8);
                input.splice(at..at, copy.repeat(times));
            }
            5 => {
                let other = self.one(pool);
                let range = self.range(other.len(), 128);
                input.splice(at..at, other[range].iter().copied());
            }
            6 => drop(input.splice(at..at, ODD[self.seed.below(ODD.len())].bytes())),
            _ => input.truncate(at),
        }
    }

    /// Changes one place of a value.
    fn change(&mut self, value: &mut Value, other: &Value) {
        let nodes = count(value);
        let at = self.seed.below(nodes);
        let foreign = count(other);
        let part = nth(other, self.seed.below(foreign)).cloned().unwrap_or_default();
        let Some(node) = nth_mut(value, at) else { return };
        match self.seed.below(10) {
            0 => *node = Value::Null,
            1 => *node = part,
            2 => *node = json!(NUMBERS[self.seed.below(NUMBERS.len())]),
            3 => *node = json!(ODD[self.seed.below(ODD.len())]),
            4 => *node = [json!([]), json!({}), json!(true), json!(1.5), json!([[]]), json!({"name": {}})][self.seed.below(6)].clone(),
            5 => {
                // Deeper, but only a little: depth has a bound of its own.
                let inner = node.take();
                *node = if self.seed.below(2) == 0 { json!([inner]) } else { json!({"spec": inner}) };
            }
            _ => match node {
                Value::Array(list) => self.list(list, part),
                Value::Object(map) => self.map(map, part),
                Value::String(text) => self.text(text),
                Value::Number(n) => {
                    let n = n.as_i64().unwrap_or(0);
                    *node = json!(n.wrapping_add([1, -1, 65_536, n.wrapping_neg()][self.seed.below(4)]));
                }
                Value::Bool(b) => *b = !*b,
                Value::Null => *node = part,
            },
        }
    }

    fn list(&mut self, list: &mut Vec<Value>, part: Value) {
        let at = self.seed.below(list.len() + 1);
        match self.seed.below(4) {
            0 if at < list.len() => drop(list.remove(at)),
            1 if at < list.len() => {
                let copy = list[at].clone();
                let times = 1 + self.seed.below(4);
                list.extend(std::iter::repeat_n(copy, times));
            }
            2 if list.len() > 1 => {
                let (one, other) = (self.seed.below(list.len()), self.seed.below(list.len()));
                list.swap(one, other);
            }
            _ => list.insert(at, part),
        }
    }

    fn map(&mut self, map: &mut Map<String, Value>, part: Value) {
        let keys: Vec<String> = map.keys().cloned().collect();
        let key = if keys.is_empty() { "name".to_owned() } else { keys[self.seed.below(keys.len())].clone() };
        match self.seed.below(4) {
            0 => drop(map.remove(&key)),
            1 => drop(map.insert(ODD[self.seed.below(ODD.len())].to_owned(), part)),
            2 => {
                let from = map.get(&keys.get(self.seed.below(keys.len().max(1))).cloned().unwrap_or_default()).cloned().unwrap_or_default();
                map.insert(key, from);
            }
            _ => drop(map.insert(key, part)),
        }
    }

    fn text(&mut self, text: &mut String) {
        let mut chars: Vec<char> = text.chars().collect();
        let at = self.seed.below(chars.len() + 1);
        match self.seed.below(5) {
            0 if at < chars.len() => drop(chars.remove(at)),
            1 => chars.insert(at, char::from(BYTES[self.seed.below(BYTES.len())])),
            2 => {
                let copy = chars.clone();
                chars.splice(at..at, copy);
            }
            3 => drop(chars.splice(at..at, ODD[self.seed.below(ODD.len())].chars())),
            _ => chars = chars.iter().map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }).collect(),
        }
        chars.truncate(2_000);
        *text = chars.into_iter().collect();
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(list) => list.iter().collect(),
        Value::Object(map) => map.values().collect(),
        _ => Vec::new(),
    }
}

fn count(value: &Value) -> usize {
    1 + children(value).into_iter().map(count).sum::<usize>()
}

/// The value at a place of the order in which they are written.
fn nth(value: &Value, at: usize) -> Option<&Value> {
    if at == 0 {
        return Some(value);
    }
    let mut left = at - 1;
    for child in children(value) {
        let size = count(child);
        if left < size {
            return nth(child, left);
        }
        left -= size;
    }
    None
}

fn nth_mut(value: &mut Value, at: usize) -> Option<&mut Value> {
    if at == 0 {
        return Some(value);
    }
    let mut left = at - 1;
    let children: Vec<&mut Value> = match value {
        Value::Array(list) => list.iter_mut().collect(),
        Value::Object(map) => map.values_mut().collect(),
        _ => Vec::new(),
    };
    for child in children {
        let size = count(child);
        if left < size {
            return nth_mut(child, left);
        }
        left -= size;
    }
    None
}
