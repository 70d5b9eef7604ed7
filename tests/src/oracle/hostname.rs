//! Rule 12, label by label.

/// A hostname read apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// Every host.
    Any,
    /// One or more labels, then these.
    Wild(Vec<String>),
    /// Exactly these labels.
    Exact(Vec<String>),
}

impl Host {
    /// From what a listener or route writes; `*` and nothing at all are every host.
    pub fn read(text: &str) -> Self {
        let labels: Vec<String> = text.split('.').map(str::to_lowercase).collect();
        match labels.split_first() {
            _ if text.is_empty() || text == "*" => Self::Any,
            Some((first, rest)) if first == "*" => Self::Wild(rest.to_vec()),
            _ => Self::Exact(labels),
        }
    }

    /// As the report writes it.
    pub fn write(&self) -> String {
        match self {
            Self::Any => "*".into(),
            Self::Wild(labels) => format!("*.{}", labels.join(".")),
            Self::Exact(labels) => labels.join("."),
        }
    }

    /// Does it cover this host of a request?
    pub fn covers(&self, host: &[String]) -> bool {
        match self {
            Self::Any => true,
            Self::Wild(labels) => host.len() > labels.len() && ends_with(host, labels),
            Self::Exact(labels) => labels == host,
        }
    }

    /// Does it cover every host that the other covers?
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Any, _) => true,
            (Self::Wild(wide), Self::Wild(narrow)) => ends_with(narrow, wide),
            (wide, Self::Exact(host)) => wide.covers(host),
            _ => false,
        }
    }

    /// The hosts that both cover: always one of the two, or none.
    pub fn meet(&self, other: &Self) -> Option<Self> {
        if self.contains(other) {
            Some(other.clone())
        } else if other.contains(self) {
            Some(self.clone())
        } else {
            None
        }
    }

    /// For two that cover the same host: exact first, then more labels, then fewer, then every host.
    pub fn specificity(&self) -> (u8, usize) {
        match self {
            Self::Exact(labels) => (2, labels.len()),
            Self::Wild(labels) => (1, labels.len()),
            Self::Any => (0, 0),
        }
    }
}

fn ends_with(host: &[String], suffix: &[String]) -> bool {
    // One label after the other, from the last.
    let mut host = host.iter().rev();
    suffix.iter().rev().all(|label| host.next() == Some(label))
}

/// The labels of a request's host: folded, without its port.
pub fn request_host(host: &str) -> Vec<String> {
    let name = host.split(':').next().unwrap_or_default();
    name.split('.').map(str::to_lowercase).collect()
}
