//! Who serves which hostname: owners that change, and hosts that routes of several namespaces serve.

use std::collections::BTreeSet;

/// A hostname on a port of a Gateway, with the routes that have exposed rows for it.
#[derive(Debug)]
pub(super) struct Host {
    pub gateway: u32,
    pub port: u16,
    pub hostname: Box<str>,
    owners: Owners,
    /// Key of its `gatescope_hostname_contested` series.
    pub contested: u64,
}

/// Routes with how many rows each has; one, most of the time.
#[derive(Debug)]
enum Owners {
    One(u32, u32),
    Many(Vec<(u32, u32)>),
}

impl Host {
    pub(super) fn new(gateway: u32, port: u16, hostname: &str) -> Self {
        Self { gateway, port, hostname: hostname.into(), owners: Owners::One(0, 0), contested: 0 }
    }

    /// Counts an exposed row of a route in or out.
    pub(super) fn count(&mut self, route: u32, more: bool) {
        match &mut self.owners {
            Owners::One(owner, rows) if *owner == route || *rows == 0 => {
                *owner = route;
                *rows = if more { rows.saturating_add(1) } else { rows.saturating_sub(1) };
            }
            Owners::One(owner, rows) => {
                if more {
                    self.owners = Owners::Many(vec![(*owner, *rows), (route, 1)]);
                }
            }
            Owners::Many(all) => {
                match all.iter_mut().find(|(r, _)| *r == route) {
                    Some((_, rows)) => *rows = if more { rows.saturating_add(1) } else { rows.saturating_sub(1) },
                    None if more => all.push((route, 1)),
                    None => {}
                }
                all.retain(|(_, rows)| *rows > 0);
                match all.as_slice() {
                    [] => self.owners = Owners::One(0, 0),
                    [(route, rows)] => self.owners = Owners::One(*route, *rows),
                    _ => {}
                }
            }
        }
    }

    /// The routes.
    pub(super) fn owners(&self) -> BTreeSet<u32> {
        match &self.owners {
            Owners::One(_, 0) => BTreeSet::new(),
            Owners::One(route, _) => BTreeSet::from([*route]),
            Owners::Many(all) => all.iter().map(|(r, _)| *r).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owners_come_and_go() {
        let mut host = Host::new(0, 80, "a.example.com");
        let mut step = |route, more| {
            host.count(route, more);
            host.owners().into_iter().collect::<Vec<_>>()
        };
        assert_eq!(step(1, true), [1]);
        assert_eq!(step(1, true), [1]);
        assert_eq!(step(2, true), [1, 2]);
        assert_eq!(step(1, false), [1, 2]);
        assert_eq!(step(1, false), [2]);
        assert_eq!(step(2, false), [0_u32; 0]);
        assert_eq!(step(3, true), [3]);
    }
}
