//! The pass: one node after the other, depth first; what is folded is walked too, and only counted.

use super::labels;
use super::order::{self, GatewayPlan, ListenerPlan};
use super::types::{Cell, Column, Counts, Edge, Key, Layout, Node, Parts};
use super::{LayoutOptions, Widths};
use crate::index::Map;
use crate::text::{hash_bytes, mix};
use crate::types::{Attachment, Backend, Exposure, ObjectRef, Reach, Severity, State, Text, Tri};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What a node starts with.
#[derive(Default)]
struct Draft {
    label: String,
    detail: String,
    reason: String,
    object: Option<ObjectRef>,
    reach: Option<Reach>,
    attachment: Option<u32>,
}

/// A node that is being filled.
#[derive(Default)]
struct Frame {
    /// None where it is folded away.
    node: Option<u32>,
    edge: Option<usize>,
    key: u64,
    top: u32,
    first_row: u32,
    /// Its children are folded away.
    hides: bool,
    children: u32,
    last_child: Option<(u64, u32)>,
    counts: Counts,
    worst: Option<State>,
    best: Option<State>,
    severity: Option<Severity>,
}

impl Frame {
    fn state(&mut self, worst: Option<State>, best: Option<State>) {
        self.worst = [self.worst, worst].into_iter().flatten().max_by_key(|s| rank(*s));
        self.best = [self.best, best].into_iter().flatten().min_by_key(|s| rank(*s));
    }
    fn row(&mut self, state: State) {
        self.counts.row(state);
        self.state(Some(state), Some(state));
    }
}

/// From good to bad.
fn rank(state: State) -> u8 {
    match state {
        State::Exposed => 0,
        State::Shadowed => 1,
        State::Unknown => 2,
        State::Blocked => 3,
    }
}

struct Builder<'a> {
    parts: Parts<'a>,
    options: &'a LayoutOptions,
    xs: [u32; 7],
    closed: Map<Key, ()>,
    open: Map<Key, ()>,
    severities: Map<(&'a str, &'a str, &'a str), Severity>,
    winners: Map<&'a str, Option<&'a Exposure>>,
    shared: Map<&'a Backend, u32>,
    crossing: Vec<Edge>,
    out: Layout,
    y: u32,
    stack: Vec<Frame>,
}

/// See [`super::layout`].
pub(super) fn build(parts: Parts<'_>, options: &LayoutOptions) -> Layout {
    let (columns, xs, width) = columns(&options.widths, options.column_gap);
    let mut severities = Map::default();
    for f in parts.findings {
        let worst =
            severities.entry((f.subject.kind.as_ref(), f.subject.namespace.as_deref().unwrap_or_default(), f.subject.name.as_str())).or_insert(f.severity);
        *worst = f.severity.min(*worst);
    }
    let mut winners: Map<&str, Option<&Exposure>> = parts.exposures.iter().filter_map(|e| Some((e.shadowed_by.as_deref()?, None))).collect();
    if !winners.is_empty() {
        for e in parts.exposures {
            if let Some(slot) = winners.get_mut(e.id.as_str()) {
                *slot = Some(e);
            }
        }
    }
    let mut builder = Builder {
        parts,
        options,
        xs,
        closed: options.fold.closed.iter().map(|k| (*k, ())).collect(),
        open: options.fold.open.iter().map(|k| (*k, ())).collect(),
        severities,
        winners,
        shared: Map::default(),
        crossing: Vec::new(),
        out: Layout { width, row: options.row, columns, mesh: count(parts.mesh.len()), ..Layout::default() },
        y: 0,
        stack: alloc::vec![Frame::default()],
    };
    builder.out.nodes.reserve(parts.exposures.len().saturating_mul(3));
    builder.out.rows.reserve(parts.exposures.len());
    let plan = order::plan(&parts);
    for class in plan.chunk_by(|a, b| a.class().is_some() && a.class() == b.class()) {
        builder.class(class);
    }
    builder.finish()
}

fn columns(widths: &Widths, gap: u32) -> (Vec<Cell>, [u32; 7], u32) {
    let widths = [widths.class, widths.gateway, widths.listener, widths.hostname, widths.route, widths.rule, widths.backend];
    let mut xs = [0; 7];
    let mut cells = Vec::with_capacity(widths.len());
    let (mut x, mut end) = (0_u32, 0);
    for ((slot, width), column) in xs.iter_mut().zip(widths).zip(Column::ALL) {
        *slot = x;
        cells.push(Cell { column, x, width, nodes: 0 });
        end = x.saturating_add(width);
        x = end.saturating_add(gap);
    }
    (cells, xs, end)
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn object(kind: &str, namespace: &str, name: &str) -> ObjectRef {
    let namespace = (!namespace.is_empty()).then(|| namespace.into());
    const KNOWN: [&str; 4] = ["Service", "Gateway", "ListenerSet", "GatewayClass"];
    let kind = KNOWN.into_iter().find(|k| *k == kind).map_or_else(|| Text::Owned(kind.into()), Text::Borrowed);
    ObjectRef { kind, namespace, name: name.into() }
}

fn hash(parts: &[&str]) -> u64 {
    parts.iter().fold(0, |h, p| mix(h, hash_bytes(p.as_bytes())))
}

impl<'a> Builder<'a> {
    fn severity(&self, kind: &str, namespace: &str, name: &str) -> Option<Severity> {
        self.severities.get(&(kind, namespace, name)).copied()
    }

    fn hidden(&self) -> bool {
        self.stack.last().is_some_and(|f| f.hides)
    }

    /// Begins a node under the one that is open. `draft` is made only where the node is drawn.
    fn open(&mut self, column: Column, local: u64, group: bool, severity: Option<Severity>, draft: impl FnOnce(&Self) -> Draft) {
        let mut key = mix(self.stack.last().map_or(0, |f| f.key), mix(column as u64, local));
        let hidden = self.hidden();
        if let Some(parent) = self.stack.last_mut() {
            parent.children = parent.children.saturating_add(1);
            // Equal siblings stand together; no two nodes share a key.
            let times = parent.last_child.filter(|(last, _)| *last == key).map_or(0, |(_, times)| times.saturating_add(1));
            parent.last_child = Some((key, times));
            if times > 0 {
                key = mix(key, u64::from(times));
            }
        }
        let fold = &self.options.fold;
        let chosen = group || self.closed.contains_key(&Key(key)) || (fold.columns.contains(&column) && !self.open.contains_key(&Key(key)));
        let mut frame = Frame { key, top: self.y, first_row: count(self.out.rows.len()), hides: hidden || chosen, severity, ..Frame::default() };
        if hidden {
            self.out.folded = self.out.folded.saturating_add(1);
        } else {
            let draft = draft(self);
            let index = count(self.out.nodes.len());
            let parent = self.stack.last().and_then(|f| f.node);
            if let Some(from) = parent {
                frame.edge = Some(self.out.edges.len());
                self.out.edges.push(Edge { from, to: index, state: None, cross: false });
            }
            let Draft { label, detail, reason, object, reach, attachment } = draft;
            let x = self.xs.get(column.index()).copied().unwrap_or_default();
            self.out.nodes.push(Node {
                key: Key(key),
                column,
                parent,
                label,
                detail,
                reason,
                object,
                reach,
                attachment,
                x,
                y: self.y,
                first_row: frame.first_row,
                ..Node::default()
            });
            if let Some(cell) = self.out.columns.get_mut(column.index()) {
                cell.nodes = cell.nodes.saturating_add(1);
            }
            frame.node = Some(index);
        }
        self.stack.push(frame);
    }

    fn top(&mut self) -> Option<&mut Frame> {
        self.stack.last_mut()
    }

    /// Ends a node: its parent is told what is in it.
    fn close(&mut self) {
        let Some(f) = self.stack.pop() else { return };
        if let Some(node) = f.node.and_then(|i| self.out.nodes.get_mut(i as usize)) {
            if self.y == f.top {
                self.y = self.y.saturating_add(self.options.row);
            }
            node.height = self.y.saturating_sub(f.top);
            node.state = f.worst;
            node.best = f.best;
            node.counts = f.counts;
            node.severity = f.severity;
            node.rows = count(self.out.rows.len()).saturating_sub(f.first_row);
            node.folded = if f.hides { f.children } else { 0 };
        }
        if let Some(edge) = f.edge.and_then(|i| self.out.edges.get_mut(i)) {
            edge.state = f.best;
        }
        if let Some(parent) = self.stack.last_mut() {
            parent.counts.add(&f.counts);
            parent.state(f.worst, f.best);
            if parent.hides {
                // `Severity` is ordered from bad to good.
                parent.severity = [parent.severity, f.severity].into_iter().flatten().min();
            }
        }
    }

    fn gap(&mut self) {
        if self.y > 0 && !self.hidden() {
            self.y = self.y.saturating_add(self.options.gateway_gap);
        }
    }

    fn class(&mut self, gateways: &[GatewayPlan<'a>]) {
        let Some(name) = gateways.first().and_then(GatewayPlan::class) else {
            for g in gateways {
                self.gap();
                self.gateway(g);
            }
            return;
        };
        self.gap();
        let severity = self.severity("GatewayClass", "", name);
        self.open(Column::Class, hash(&[name]), false, severity, |_| Draft {
            label: name.into(),
            object: Some(object("GatewayClass", "", name)),
            ..Draft::default()
        });
        for (g, i) in gateways.iter().zip(0_u32..) {
            if i > 0 {
                self.gap();
            }
            self.gateway(g);
        }
        self.close();
    }

    fn gateway(&mut self, g: &GatewayPlan<'a>) {
        let severity = self.severity(g.kind, g.namespace, g.name);
        let accepted = g.entry.map(|e| e.accepted);
        self.open(Column::Gateway, hash(&[g.kind, g.namespace, g.name]), false, severity, |_| {
            let (label, detail) = labels::gateway(g);
            let reason = match accepted {
                Some(Tri::False) => "not accepted by its controller",
                Some(_) => "",
                None => "not in the input",
            };
            Draft {
                label,
                detail,
                reason: reason.into(),
                object: Some(object(g.kind, g.namespace, g.name)),
                reach: g.entry.map(|e| e.reach),
                ..Draft::default()
            }
        });
        let own = match accepted {
            Some(Tri::False) => Some(State::Blocked),
            Some(_) => None,
            None => Some(State::Unknown),
        };
        if let Some(f) = self.top() {
            f.state(own, own);
        }
        for l in &g.listeners {
            self.listener(l);
        }
        self.loose(&g.loose);
        self.close();
    }

    fn listener(&mut self, l: &ListenerPlan<'a>) {
        let exposures = self.parts.exposures;
        let rows: Vec<(u32, &'a Exposure)> = l.rows.iter().filter_map(|i| Some((*i, exposures.get(*i as usize)?))).collect();
        let (own, reason) = labels::listener_verdict(l);
        // A Gateway's findings are shown beside the Gateway; those of a set have no other place.
        let severity = if l.owner.is_set() { self.severity("ListenerSet", l.owner.namespace, l.owner.name) } else { None };
        self.open(Column::Listener, mix(hash(&[l.owner.kind, l.owner.namespace, l.owner.name, l.name]), u64::from(l.port)), false, severity, |_| {
            let protocol = l.entry.map(|e| e.protocol.as_ref()).or_else(|| rows.first().map(|(_, e)| e.listener.protocol.as_ref()));
            let (label, detail) = labels::listener(l, protocol.unwrap_or_default());
            Draft { label, detail, reason, object: Some(object(l.owner.kind, l.owner.namespace, l.owner.name)), ..Draft::default() }
        });
        if let Some(f) = self.top() {
            f.state(own, own);
        }
        let labels = self.options.fold.host_labels;
        let suffix = |e: &'a Exposure| order::suffix(&e.hostname, labels);
        for group in rows.chunk_by(|(_, a), (_, b)| a.hostname == b.hostname || suffix(a).is_some_and(|s| suffix(b) == Some(s))) {
            let Some(suffix) = group.first().and_then(|(_, e)| suffix(e)) else {
                self.hosts(group, None);
                continue;
            };
            let hosts = group.chunk_by(|(_, a), (_, b)| a.hostname == b.hostname).count();
            self.group(Column::Hostname, suffix, hosts > 1, || format!("{suffix}: {hosts} hosts"), |b, key| b.hosts(group, key));
        }
        self.loose(&l.loose);
        self.close();
    }

    /// A group of siblings: one folded node where `worth` it, unless it is kept open.
    fn group(&mut self, column: Column, name: &str, worth: bool, label: impl FnOnce() -> String, fill: impl FnOnce(&mut Self, Option<Key>)) {
        let local = hash(&["group", name]);
        let key = Key(mix(self.stack.last().map_or(0, |f| f.key), mix(column as u64, local)));
        if !worth || self.open.contains_key(&key) {
            fill(self, worth.then_some(key));
            return;
        }
        self.open(column, local, true, None, |_| Draft { label: label(), ..Draft::default() });
        fill(self, None);
        self.close();
    }

    /// Notes the group of the node that was opened last.
    fn grouped(&mut self, key: Option<Key>) {
        let node = self.stack.last().and_then(|f| f.node);
        if let Some(node) = node.and_then(|i| self.out.nodes.get_mut(i as usize)) {
            node.group = key;
        }
    }

    fn hosts(&mut self, rows: &[(u32, &'a Exposure)], group: Option<Key>) {
        for rows in rows.chunk_by(|(_, a), (_, b)| a.hostname == b.hostname) {
            let Some((_, first)) = rows.first() else { continue };
            self.open(Column::Hostname, hash(&[&first.hostname]), false, None, |_| {
                let detail = if first.except.is_empty() { String::new() } else { format!("but for {}", first.except.join(", ")) };
                let label = if first.hostname == "*" { String::from("every host") } else { first.hostname.clone() };
                Draft { label, detail, ..Draft::default() }
            });
            self.grouped(group);
            let folds = self.options.fold.namespaces;
            for routes in rows.chunk_by(|(_, a), (_, b)| a.route == b.route || (folds && a.route.namespace == b.route.namespace)) {
                let Some((_, first)) = routes.first() else { continue };
                let namespace = first.route.namespace.as_deref().unwrap_or_default();
                let n = routes.chunk_by(|(_, a), (_, b)| a.route == b.route).count();
                self.group(Column::Route, namespace, n > 1, || format!("{namespace}: {n} routes"), |b, key| b.routes(routes, key));
            }
            self.close();
        }
    }

    fn routes(&mut self, rows: &[(u32, &'a Exposure)], group: Option<Key>) {
        for rows in rows.chunk_by(|(_, a), (_, b)| a.route == b.route) {
            let Some((_, first)) = rows.first() else { continue };
            self.route(&first.route, |_| Draft::default());
            self.grouped(group);
            for rule in rows.chunk_by(|(_, a), (_, b)| a.rule == b.rule) {
                let matches: Vec<&[(u32, &'a Exposure)]> = rule.chunk_by(|(_, a), (_, b)| a.match_index == b.match_index).collect();
                for alike in matches.chunk_by(|a, b| end_alike(a, b)) {
                    self.rule(alike);
                }
            }
            self.close();
        }
    }

    fn route(&mut self, r: &ObjectRef, draft: impl FnOnce(&Self) -> Draft) {
        let namespace = r.namespace.as_deref().unwrap_or_default();
        let severity = self.severity(&r.kind, namespace, &r.name);
        self.open(Column::Route, hash(&[&r.kind, namespace, &r.name]), false, severity, |b| {
            let detail = if r.kind == "HTTPRoute" { String::new() } else { r.kind.clone().into_owned() };
            Draft { label: labels::path(namespace, &r.name), detail, object: Some(r.clone()), ..draft(b) }
        });
    }

    /// Matches of one rule that end alike: one node, and one for each backend.
    fn rule(&mut self, matches: &[&[(u32, &'a Exposure)]]) {
        let Some((_, first)) = matches.first().and_then(|m| m.first()) else { return };
        let local = mix(u64::try_from(first.rule).unwrap_or(u64::MAX), u64::try_from(first.match_index).unwrap_or(u64::MAX));
        self.open(Column::Rule, local, false, None, |_| {
            let firsts: Vec<&Exposure> = matches.iter().filter_map(|m| Some(m.first()?.1)).collect();
            let (label, detail) = labels::rule(&firsts);
            Draft { label, detail, ..Draft::default() }
        });
        let one = matches.first().copied().unwrap_or_default();
        let total =
            one.iter().filter(|(_, e)| e.action != crate::types::Action::Mirror).filter_map(|(_, e)| e.weight).map(i64::from).fold(0, i64::saturating_add);
        for (i, (_, e)) in one.iter().enumerate() {
            let rows = matches.iter().filter_map(|m| m.get(i).copied());
            self.backend(e, rows, total);
        }
        self.close();
    }

    fn backend(&mut self, e: &'a Exposure, rows: impl Iterator<Item = (u32, &'a Exposure)>, total: i64) {
        let share = self.options.share_backends && !self.hidden();
        if let (true, Some(to)) = (share, e.backend.as_ref().and_then(|b| self.shared.get(b)).copied()) {
            self.cross(to, e.state, rows);
            return;
        }
        let words: [&str; 6] = match &e.backend {
            Some(b) => ["backend", &b.group, &b.kind, &b.namespace, &b.name, if e.action == crate::types::Action::Mirror { "mirror" } else { "" }],
            None => ["none", "", "", "", "", ""],
        };
        let port = e.backend.as_ref().and_then(|b| b.port).unwrap_or_default();
        let severity = e.backend.as_ref().and_then(|b| self.severity(&b.kind, &b.namespace, &b.name));
        self.open(Column::Backend, mix(hash(&words), u64::from(port)), false, severity, |b| {
            let (label, detail) = labels::backend(e, total, share);
            let winner = e.shadowed_by.as_deref().and_then(|id| b.winners.get(id).copied().flatten());
            let reason = labels::row_reason(e, winner);
            let object = e.backend.as_ref().map(|b| object(&b.kind, &b.namespace, &b.name));
            Draft { label, detail, reason, object, ..Draft::default() }
        });
        for (i, row) in rows {
            self.out.rows.push(i);
            if let Some(f) = self.top() {
                f.row(row.state);
            }
        }
        if let (true, Some(b), Some(node)) = (share, &e.backend, self.stack.last().and_then(|f| f.node)) {
            self.shared.insert(b, node);
        }
        self.close();
    }

    /// Rows whose backend stands elsewhere already.
    fn cross(&mut self, to: u32, state: State, rows: impl Iterator<Item = (u32, &'a Exposure)>) {
        let mut more = Frame::default();
        for (i, row) in rows {
            self.out.rows.push(i);
            more.row(row.state);
        }
        if let Some(f) = self.top() {
            f.counts.add(&more.counts);
            f.state(more.worst, more.best);
            if let Some(from) = f.node {
                self.crossing.push(Edge { from, to, state: Some(state), cross: true });
            }
        }
        if let Some(node) = self.out.nodes.get_mut(to as usize) {
            node.counts.add(&more.counts);
            let mut both = Frame { worst: node.state, best: node.best, ..Frame::default() };
            both.state(more.worst, more.best);
            (node.state, node.best) = (both.worst, both.best);
        }
    }

    /// Attachments without rows, folded by namespace like the others.
    fn loose(&mut self, loose: &[u32]) {
        let all = self.parts.attachments;
        let list: Vec<(u32, &'a Attachment)> = loose.iter().filter_map(|i| Some((*i, all.get(*i as usize)?))).collect();
        let folds = self.options.fold.namespaces;
        for group in list.chunk_by(|(_, a), (_, b)| folds && a.route.namespace == b.route.namespace) {
            let Some((_, first)) = group.first() else { continue };
            let namespace = first.route.namespace.as_deref().unwrap_or_default();
            let label = || format!("{namespace}: {} routes without rows", group.len());
            self.group(Column::Route, namespace, group.len() > 1, label, |b, key| {
                for (i, a) in group {
                    b.attachment(*i, a);
                    b.grouped(key);
                    b.close();
                }
            });
        }
    }

    /// Opens the node of an attachment without rows.
    fn attachment(&mut self, index: u32, a: &Attachment) {
        self.route(&a.route, |_| Draft { attachment: Some(index), reason: labels::attachment_reason(a), ..Draft::default() });
        let Some(f) = self.top() else { return };
        match a.accepted {
            Tri::True => {}
            Tri::False => {
                f.counts.refused = 1;
                f.state(Some(State::Blocked), Some(State::Blocked));
            }
            Tri::Unknown => {
                f.counts.pending = 1;
                f.state(Some(State::Unknown), Some(State::Unknown));
            }
        }
    }

    fn finish(mut self) -> Layout {
        if let Some(root) = self.stack.pop() {
            self.out.counts = root.counts;
        }
        self.out.edges.append(&mut self.crossing);
        self.out.height = self.y;
        self.out
    }
}

/// Whether two matches of a rule have the same backends with the same verdicts.
fn end_alike(a: &[(u32, &Exposure)], b: &[(u32, &Exposure)]) -> bool {
    let alike = |(_, x): &(u32, &Exposure), (_, y): &(u32, &Exposure)| {
        x.state == y.state
            && x.action == y.action
            && x.weight == y.weight
            && x.backend == y.backend
            && x.reasons == y.reasons
            && x.cause == y.cause
            && x.shadowed_by == y.shadowed_by
            && x.owned_by == y.owned_by
    };
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| alike(x, y))
}
