//! All exposures as typed columns with one string table: a few bytes a row, to be decoded where a row is looked at.
//!
//! The layout is docs/module-abi.md, Columns. [`encode`] goes from the engine's own rows to the columns without
//! making a text for any of them; [`Columns`] reads them back.

use super::render;
use super::rows;
use crate::engine::Engine;
use crate::index::Map;
use crate::model::route::{BackendRef, PathKind, ValueMatch as Pair, What};
use crate::resolve::gateway::GatewayState;
use crate::resolve::rows::{Row, Sources, except};
use crate::text::Sym;
use crate::types::{Action, Backend, Exposure, ExposureListener, GatewayRef, GrpcMatch, ObjectRef, PathMatch, Reach, State, Text, ValueMatch};
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// The first four bytes.
pub const MAGIC: [u8; 4] = *b"GSX1";

/// Reads as "no weight".
const NO_WEIGHT: i32 = i32::MIN;

macro_rules! sections {
    ($($name:ident = $id:literal: $t:ident,)*) => {
        /// The sections' numbers; a reader skips those that it does not know.
        mod id { $(#[allow(non_upper_case_globals, reason = "as the field is called")] pub(super) const $name: u32 = $id;)* }

        #[derive(Default)]
        struct Build { $($name: Vec<$t>,)* }

        impl Build {
            fn bytes(&self) -> Vec<u8> {
                let mut file = File { head: Vec::new(), body: Vec::new(), count: 0 };
                let sections = [$(id::$name,)*].len();
                file.start(sections);
                $(file.section(id::$name, &self.$name);)*
                file.finish()
            }
        }

        /// Columns as they came over a boundary.
        #[derive(Debug, Default)]
        pub struct Columns { $($name: Vec<$t>,)* }

        impl Columns {
            /// Reads them; what is wrong where the bytes are none.
            pub fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
                let mut out = Self::default();
                for (id, size, data) in Sections::of(bytes)? {
                    match id {
                        $(id::$name => out.$name = read(data, size)?,)*
                        _ => {}
                    }
                }
                Ok(out)
            }
        }
    };
}

sections! {
    string_offsets = 1: u32,
    string_bytes = 2: u8,
    list_offsets = 3: u32,
    list_items = 4: u32,
    listener_gateway_namespace = 10: u32,
    listener_gateway_name = 11: u32,
    listener_owner_kind = 12: u32,
    listener_owner_namespace = 13: u32,
    listener_owner_name = 14: u32,
    listener_name = 15: u32,
    listener_port = 16: u16,
    listener_protocol = 17: u32,
    listener_tls_mode = 18: u32,
    listener_reach = 19: u8,
    listener_addresses = 20: u32,
    route_kind = 30: u32,
    route_namespace = 31: u32,
    route_name = 32: u32,
    match_path_type = 40: u32,
    match_path_value = 41: u32,
    match_method = 42: u32,
    match_headers = 43: u32,
    match_query = 44: u32,
    match_grpc_type = 45: u32,
    match_grpc_service = 46: u32,
    match_grpc_method = 47: u32,
    backend_group = 50: u32,
    backend_kind = 51: u32,
    backend_namespace = 52: u32,
    backend_name = 53: u32,
    backend_port = 54: u16,
    row_id_high = 60: u32,
    row_id_low = 61: u32,
    row_state = 62: u8,
    row_action = 63: u8,
    row_listener = 64: u32,
    row_hostname = 65: u32,
    row_route = 66: u32,
    row_rule = 67: u32,
    row_rule_name = 68: u32,
    row_match_index = 69: u32,
    row_match = 70: u32,
    row_backend = 71: u32,
    row_weight = 72: i32,
    row_reasons = 73: u32,
    row_cause = 74: u32,
    row_shadowed_by_high = 75: u32,
    row_shadowed_by_low = 76: u32,
    row_owned_by = 77: u32,
    row_except = 78: u32,
    next_routes = 79: u32,
}

const STATES: [State; 4] = [State::Exposed, State::Shadowed, State::Blocked, State::Unknown];
const ACTIONS: [Action; 5] = [Action::Forward, Action::Redirect, Action::Mirror, Action::Error, Action::None];
const REACHES: [Reach; 3] = [Reach::External, Reach::Internal, Reach::Unknown];

/// A number of a column.
trait Cell: Copy {
    const SIZE: usize;
    const TYPE: u32;
    fn put(self, out: &mut Vec<u8>);
    fn get(bytes: &[u8]) -> Option<Self>;
}

macro_rules! cell {
    ($($t:ident $size:literal $code:literal)*) => {$(
        impl Cell for $t {
            const SIZE: usize = $size;
            const TYPE: u32 = $code;
            fn put(self, out: &mut Vec<u8>) {
                out.extend_from_slice(&self.to_le_bytes());
            }
            fn get(bytes: &[u8]) -> Option<Self> {
                Some($t::from_le_bytes(bytes.try_into().ok()?))
            }
        }
    )*};
}
cell! { u8 1 1 u16 2 2 u32 4 4 i32 4 5 }

/// Columns on their way to bytes: magic, number of sections, then (number, type, offset, cells) of each, then
/// the cells, each section on a multiple of four.
struct File {
    head: Vec<u8>,
    body: Vec<u8>,
    count: usize,
}

impl File {
    fn start(&mut self, sections: usize) {
        self.count = sections;
        self.head.extend_from_slice(&MAGIC);
        self.word(sections);
    }
    fn word(&mut self, n: usize) {
        self.head.extend_from_slice(&u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes());
    }
    fn section<T: Cell>(&mut self, id: u32, cells: &[T]) {
        let start = self.count.saturating_mul(16).saturating_add(8).saturating_add(self.body.len());
        self.word(id as usize);
        self.word(T::TYPE as usize);
        self.word(start);
        self.word(cells.len());
        self.body.reserve(cells.len().saturating_mul(T::SIZE).saturating_add(4));
        for cell in cells {
            cell.put(&mut self.body);
        }
        while !self.body.len().is_multiple_of(4) {
            self.body.push(0);
        }
    }
    fn finish(mut self) -> Vec<u8> {
        self.head.extend_from_slice(&self.body);
        self.head
    }
}

/// The sections of a buffer: number, cell size, bytes.
struct Sections<'a> {
    bytes: &'a [u8],
    left: usize,
    at: usize,
}

impl<'a> Sections<'a> {
    fn of(bytes: &'a [u8]) -> Result<Self, &'static str> {
        if bytes.get(..4) != Some(&MAGIC[..]) {
            return Err("these bytes are no columns of this version");
        }
        let left = word(bytes, 4).ok_or("the columns are cut off")?;
        Ok(Self { bytes, left, at: 8 })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    u32::get(bytes.get(at..at.checked_add(4)?)?).map(|n| n as usize)
}

impl<'a> Iterator for Sections<'a> {
    type Item = (u32, u32, &'a [u8]);
    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let field = |i: usize| word(self.bytes, self.at.checked_add(i.checked_mul(4)?)?);
        let (id, kind, offset, cells) = (field(0)?, field(1)?, field(2)?, field(3)?);
        self.at = self.at.checked_add(16)?;
        let size = match kind {
            1 => 1,
            2 => 2,
            _ => 4,
        };
        // Cut off: a section without bytes, which no column of rows has.
        let data = cells.checked_mul(size).and_then(|len| self.bytes.get(offset..offset.checked_add(len)?)).unwrap_or(&[]);
        Some((u32::try_from(id).ok()?, u32::try_from(kind).ok()?, data))
    }
}

fn read<T: Cell>(data: &[u8], kind: u32) -> Result<Vec<T>, &'static str> {
    if kind != T::TYPE {
        return Err("a column has another type than this version's");
    }
    Ok(data.chunks_exact(T::SIZE).filter_map(T::get).collect())
}

/// All exposures in the report's order.
pub(crate) fn encode(engine: &Engine) -> Vec<u8> {
    let facts = engine.facts();
    let mut maker = Maker::new(facts.names.len());
    render::each(engine, |_| true, &mut |sources, row| maker.row(sources, row));
    maker.out.bytes()
}

/// The exposures of routes from a place on, until there are `most`, and the place to go on from where these are not the last.
pub(crate) fn encode_from(engine: &Engine, from: u32, most: usize) -> Vec<u8> {
    let mut maker = Maker::new(engine.facts().names.len());
    let next = render::each_from(engine, from, most, &mut |sources, row| maker.row(sources, row));
    maker.out.next_routes.extend(next);
    maker.out.bytes()
}

/// Number of something that was met before, or the next.
fn next<T>(list: &[T]) -> u32 {
    u32::try_from(list.len()).unwrap_or(u32::MAX)
}

#[derive(PartialEq, Eq, Hash)]
struct BackendKey(Sym, Sym, Sym, Sym, u16);

struct Maker {
    out: Build,
    /// By symbol; 0 is not met yet.
    symbols: Vec<u32>,
    words: Map<String, u32>,
    lists: Map<Vec<u32>, u32>,
    /// By address, which holds still while the engine is borrowed.
    listeners: Map<usize, u32>,
    routes: Map<usize, u32>,
    matches: Map<usize, u32>,
    backends: Map<BackendKey, u32>,
    scratch: Vec<u32>,
}

fn address<T>(of: &T) -> usize {
    core::ptr::from_ref(of).addr()
}

impl Maker {
    fn new(symbols: usize) -> Self {
        let mut maker = Self {
            out: Build::default(),
            symbols: alloc::vec![0; symbols.saturating_add(1)],
            words: Map::default(),
            lists: Map::default(),
            listeners: Map::default(),
            routes: Map::default(),
            matches: Map::default(),
            backends: Map::default(),
            scratch: Vec::new(),
        };
        // The empty string and the empty list are number 0, and stand for "absent" too; so do backend 0 and match 0.
        maker.out.string_offsets = alloc::vec![0, 0];
        maker.out.list_offsets = alloc::vec![0, 0];
        maker.push_backend([0; 4], 0);
        maker
    }

    fn string(&mut self, text: &str) -> u32 {
        let id = next(&self.out.string_offsets).saturating_sub(1);
        self.out.string_bytes.extend_from_slice(text.as_bytes());
        self.out.string_offsets.push(next(&self.out.string_bytes));
        id
    }

    fn symbol(&mut self, sources: &Sources<'_>, sym: Sym) -> u32 {
        if sym.is_none() {
            return 0;
        }
        let at = sym.raw() as usize;
        if let Some(known) = self.symbols.get(at).filter(|k| **k != 0) {
            return *known;
        }
        let id = self.string(sources.facts.text(sym));
        if self.symbols.len() <= at {
            self.symbols.resize(at.saturating_add(1), 0);
        }
        if let Some(slot) = self.symbols.get_mut(at) {
            *slot = id;
        }
        id
    }

    fn word(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        if let Some(known) = self.words.get(text) {
            return *known;
        }
        let id = self.string(text);
        self.words.insert(text.to_string(), id);
        id
    }

    /// Makes the scratch a list, and empties it.
    fn list(&mut self) -> u32 {
        if self.scratch.is_empty() {
            return 0;
        }
        let known = self.lists.get(&self.scratch).copied();
        let id = known.unwrap_or_else(|| {
            let id = next(&self.out.list_offsets).saturating_sub(1);
            self.out.list_items.extend_from_slice(&self.scratch);
            self.out.list_offsets.push(next(&self.out.list_items));
            self.lists.insert(self.scratch.clone(), id);
            id
        });
        self.scratch.clear();
        id
    }

    fn pairs(&mut self, sources: &Sources<'_>, pairs: &[Pair]) -> u32 {
        for p in pairs {
            let kind = self.word(if p.regex { "RegularExpression" } else { "Exact" });
            let (name, value) = (self.symbol(sources, p.name), self.symbol(sources, p.value));
            self.scratch.extend([kind, name, value]);
        }
        self.list()
    }

    fn push_backend(&mut self, [group, kind, ns, name]: [u32; 4], port: u16) {
        self.out.backend_group.push(group);
        self.out.backend_kind.push(kind);
        self.out.backend_namespace.push(ns);
        self.out.backend_name.push(name);
        self.out.backend_port.push(port);
    }

    fn backend(&mut self, sources: &Sources<'_>, b: &BackendRef) -> u32 {
        let key = BackendKey(b.group, b.kind, b.ns, b.name, b.port);
        if let Some(known) = self.backends.get(&key) {
            return *known;
        }
        let id = next(&self.out.backend_name);
        let words = [b.group, b.kind, b.ns, b.name].map(|s| self.symbol(sources, s));
        self.push_backend(words, b.port);
        self.backends.insert(key, id);
        id
    }

    fn listener(&mut self, sources: &Sources<'_>, row: &Row<'_>) -> u32 {
        let at = address(row.listener);
        if let Some(known) = self.listeners.get(&at) {
            return *known;
        }
        let id = next(&self.out.listener_name);
        let facts = &sources.facts;
        let gateway: &GatewayState = row.gateway;
        let written = rows::exposure_listener(facts, gateway, row.listener);
        for value in rows::addresses(facts, gateway) {
            let id = self.word(&value);
            self.scratch.push(id);
        }
        let addresses = self.list();
        let ns = self.symbol(sources, gateway.ns);
        let name = self.symbol(sources, gateway.name);
        self.out.listener_gateway_namespace.push(ns);
        self.out.listener_gateway_name.push(name);
        let owner = [written.owner.kind.as_ref(), written.owner.namespace.as_deref().unwrap_or_default(), &written.owner.name].map(|t| self.word(t));
        let [kind, ns, name] = owner;
        self.out.listener_owner_kind.push(kind);
        self.out.listener_owner_namespace.push(ns);
        self.out.listener_owner_name.push(name);
        let name = self.symbol(sources, row.listener.name);
        self.out.listener_name.push(name);
        self.out.listener_port.push(written.port);
        let protocol = self.word(&written.protocol);
        self.out.listener_protocol.push(protocol);
        let mode = self.word(written.tls_mode.as_deref().unwrap_or_default());
        self.out.listener_tls_mode.push(mode);
        self.out.listener_reach.push(gateway.reach as u8);
        self.out.listener_addresses.push(addresses);
        self.listeners.insert(at, id);
        id
    }

    fn route(&mut self, sources: &Sources<'_>, row: &Row<'_>) -> u32 {
        let at = address(row.route);
        if let Some(known) = self.routes.get(&at) {
            return *known;
        }
        let id = next(&self.out.route_name);
        let kind = self.word(&row.route.kind.text());
        let ns = if row.route.kind.namespaced() { self.symbol(sources, row.route.meta.ns) } else { 0 };
        let name = self.symbol(sources, row.route.meta.name);
        self.out.route_kind.push(kind);
        self.out.route_namespace.push(ns);
        self.out.route_name.push(name);
        self.routes.insert(at, id);
        id
    }

    fn matched(&mut self, sources: &Sources<'_>, row: &Row<'_>) -> u32 {
        let m = row.matched;
        let at = address(m);
        if let Some(known) = self.matches.get(&at) {
            return *known;
        }
        let id = next(&self.out.match_method);
        let none = (0, 0, 0, 0, 0);
        let (path_type, path_value, grpc_type, service, method) = match m.what {
            What::Path { kind, value } => {
                // A path may be empty, and is there all the same: its type says so.
                (self.word(kind.name()), self.symbol(sources, value), 0, 0, 0)
            }
            What::Grpc { service, method, .. } if service.is_none() && method.is_none() => none,
            What::Grpc { regex, service, method } => {
                let kind = if regex { PathKind::Regex } else { PathKind::Exact };
                (0, 0, self.word(kind.name()), self.symbol(sources, service), self.symbol(sources, method))
            }
            What::Any => none,
        };
        self.out.match_path_type.push(path_type);
        self.out.match_path_value.push(path_value);
        self.out.match_grpc_type.push(grpc_type);
        self.out.match_grpc_service.push(service);
        self.out.match_grpc_method.push(method);
        let method = self.symbol(sources, m.method);
        self.out.match_method.push(method);
        let headers = self.pairs(sources, m.headers());
        self.out.match_headers.push(headers);
        let query = self.pairs(sources, m.query());
        self.out.match_query.push(query);
        self.matches.insert(at, id);
        id
    }

    #[expect(clippy::cast_possible_truncation, reason = "both halves of an id are kept")]
    fn row(&mut self, sources: &Sources<'_>, row: &Row<'_>) {
        let facts = &sources.facts;
        self.out.row_id_high.push((row.id >> 32) as u32);
        self.out.row_id_low.push(row.id as u32);
        self.out.row_state.push(row.state as u8);
        self.out.row_action.push(row.action as u8);
        let listener = self.listener(sources, row);
        self.out.row_listener.push(listener);
        let host = self.symbol(sources, row.pair.host);
        self.out.row_hostname.push(host);
        let route = self.route(sources, row);
        self.out.row_route.push(route);
        self.out.row_rule.push(u32::try_from(row.rule_index).unwrap_or(u32::MAX));
        let name = self.symbol(sources, row.rule.name);
        self.out.row_rule_name.push(name);
        self.out.row_match_index.push(u32::try_from(row.match_index).unwrap_or(u32::MAX));
        let matched = self.matched(sources, row);
        self.out.row_match.push(matched);
        let backend = row.backend.map_or(0, |b| self.backend(sources, b));
        self.out.row_backend.push(backend);
        self.out.row_weight.push(row.backend.map_or(NO_WEIGHT, |b| b.weight));
        for reason in row.reasons {
            let id = self.word(&reason.text(facts.names));
            self.scratch.push(id);
        }
        let reasons = self.list();
        self.out.row_reasons.push(reasons);
        let cause = row.cause.map_or(0, |c| self.word(&c.text(facts.names)));
        self.out.row_cause.push(cause);
        let by = row.shadowed_by.map_or(0, |c| sources.first_id(&c, row.gateway, row.pair.host));
        self.out.row_shadowed_by_high.push((by >> 32) as u32);
        self.out.row_shadowed_by_low.push(by as u32);
        let owned_by = row.owned_by.and_then(|o| row.gateway.listener(o)).map_or(0, |l| self.symbol(sources, l.name));
        self.out.row_owned_by.push(owned_by);
        let mut hosts: Vec<Sym> = except(facts, row.gateway, row.listener, row.owned_by, row.pair.host);
        crate::sort::by(&mut hosts, |a, b| facts.text(*a).cmp(facts.text(*b)));
        for host in hosts {
            let id = self.symbol(sources, host);
            self.scratch.push(id);
        }
        let list = self.list();
        self.out.row_except.push(list);
    }
}

impl Columns {
    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.row_state.len()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.row_state.is_empty()
    }

    /// Where to go on, of columns that are a part of all ([`Engine::columns_from`]).
    pub fn next(&self) -> Option<u32> {
        self.next_routes.first().copied()
    }

    /// The state of a row, without making the row.
    pub fn state(&self, row: usize) -> Option<State> {
        STATES.get(usize::from(*self.row_state.get(row)?)).copied()
    }

    /// A row of the report; `None` past the end, or where the columns do not fit together.
    pub fn exposure(&self, row: usize) -> Option<Exposure> {
        let at = |column: &[u32]| column.get(row).copied();
        let listener = at(&self.row_listener)? as usize;
        let of = |column: &[u32]| self.text(*column.get(listener)?);
        let route = at(&self.row_route)? as usize;
        let matched = at(&self.row_match)? as usize;
        let m = |column: &[u32]| self.optional(*column.get(matched)?);
        let backend = at(&self.row_backend)? as usize;
        let b = |column: &[u32]| self.text(*column.get(backend)?);
        let by = (at(&self.row_shadowed_by_high)?, at(&self.row_shadowed_by_low)?);
        let port = *self.backend_port.get(backend)?;
        let weight = *self.row_weight.get(row)?;
        Some(Exposure {
            id: id_text(at(&self.row_id_high)?, at(&self.row_id_low)?),
            state: self.state(row)?,
            reasons: self.list(at(&self.row_reasons)?).map(|s| Some(Text::Owned(self.text(s)?))).collect::<Option<_>>()?,
            cause: self.optional(at(&self.row_cause)?)?,
            shadowed_by: (by != (0, 0)).then(|| id_text(by.0, by.1)),
            owned_by: self.optional(at(&self.row_owned_by)?)?,
            except: self.texts(at(&self.row_except)?)?,
            gateway: GatewayRef { namespace: of(&self.listener_gateway_namespace)?, name: of(&self.listener_gateway_name)? },
            listener: ExposureListener {
                owner: ObjectRef {
                    kind: of(&self.listener_owner_kind)?.into(),
                    namespace: Some(of(&self.listener_owner_namespace)?),
                    name: of(&self.listener_owner_name)?,
                },
                name: of(&self.listener_name)?,
                port: *self.listener_port.get(listener)?,
                protocol: of(&self.listener_protocol)?.into(),
                tls_mode: self.optional(*self.listener_tls_mode.get(listener)?)?.map(Text::Owned),
            },
            hostname: self.text(at(&self.row_hostname)?)?,
            route: ObjectRef {
                kind: self.text(*self.route_kind.get(route)?)?.into(),
                namespace: Some(self.text(*self.route_namespace.get(route)?)?),
                name: self.text(*self.route_name.get(route)?)?,
            },
            rule: at(&self.row_rule)? as usize,
            rule_name: self.optional(at(&self.row_rule_name)?)?,
            match_index: at(&self.row_match_index)? as usize,
            path: match m(&self.match_path_type)? {
                Some(kind) => Some(PathMatch { kind: kind.into(), value: self.text(*self.match_path_value.get(matched)?)? }),
                None => None,
            },
            method: m(&self.match_method)?,
            headers: self.pairs(*self.match_headers.get(matched)?)?,
            query_params: self.pairs(*self.match_query.get(matched)?)?,
            grpc: match m(&self.match_grpc_type)? {
                Some(kind) => Some(GrpcMatch { kind: kind.into(), service: m(&self.match_grpc_service)?, method: m(&self.match_grpc_method)? }),
                None => None,
            },
            action: *ACTIONS.get(usize::from(*self.row_action.get(row)?))?,
            backend: if backend == 0 {
                None
            } else {
                Some(Backend {
                    group: b(&self.backend_group)?,
                    kind: b(&self.backend_kind)?,
                    namespace: b(&self.backend_namespace)?,
                    name: b(&self.backend_name)?,
                    port: (port != 0).then_some(port),
                })
            },
            weight: (weight != NO_WEIGHT).then_some(weight),
            reach: *REACHES.get(usize::from(*self.listener_reach.get(listener)?))?,
            addresses: self.texts(*self.listener_addresses.get(listener)?)?,
        })
    }

    fn text(&self, id: u32) -> Option<String> {
        let id = id as usize;
        let (from, to) = (*self.string_offsets.get(id)?, *self.string_offsets.get(id.checked_add(1)?)?);
        let bytes = self.string_bytes.get(from as usize..to as usize)?;
        core::str::from_utf8(bytes).ok().map(ToString::to_string)
    }

    fn optional(&self, id: u32) -> Option<Option<String>> {
        if id == 0 { Some(None) } else { self.text(id).map(Some) }
    }

    fn list(&self, id: u32) -> impl Iterator<Item = u32> {
        let id = id as usize;
        let bounds = self.list_offsets.get(id).zip(self.list_offsets.get(id.saturating_add(1)));
        bounds.and_then(|(from, to)| self.list_items.get(*from as usize..*to as usize)).unwrap_or_default().iter().copied()
    }

    fn texts(&self, id: u32) -> Option<Vec<String>> {
        self.list(id).map(|s| self.text(s)).collect()
    }

    fn pairs(&self, id: u32) -> Option<Vec<ValueMatch>> {
        let items: Vec<u32> = self.list(id).collect();
        items
            .chunks_exact(3)
            .map(|c| match c {
                [kind, name, value] => Some(ValueMatch { kind: self.text(*kind)?.into(), name: self.text(*name)?, value: self.text(*value)? }),
                _ => None,
            })
            .collect()
    }
}

fn id_text(high: u32, low: u32) -> String {
    rows::id_text((u64::from(high) << 32) | u64::from(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_have_the_numbers_of_their_order() {
        assert!(STATES.iter().enumerate().all(|(i, s)| *s as usize == i));
        assert!(ACTIONS.iter().enumerate().all(|(i, a)| *a as usize == i));
        assert!(REACHES.iter().enumerate().all(|(i, r)| *r as usize == i));
    }

    #[test]
    fn an_empty_engine_has_columns_without_rows() {
        let bytes = encode(&Engine::default());
        assert!(Columns::decode(&bytes).is_ok_and(|c| c.is_empty() && c.exposure(0).is_none()));
    }

    #[test]
    fn what_is_no_columns_is_an_error() {
        assert!(Columns::decode(b"").is_err() && Columns::decode(b"GSX1").is_err());
        let mut bytes = encode(&Engine::default());
        for cut in 0..bytes.len() {
            let _ = Columns::decode(bytes.get(..cut).unwrap_or_default());
        }
        if let Some(kind) = bytes.get_mut(12) {
            *kind = 1;
        }
        assert!(Columns::decode(&bytes).is_err());
    }
}
