//! `trace`.

use super::{Context, Engine, live, read};
use crate::cli::{AnswerFormat, Trace};
use crate::fail::Fail;
use crate::filter::Named;
use crate::{host, input, render, request, suggest};
use gatescope_core::types::{Answer, GatewayRef, Outcome, Report, Request};
use std::io::Write as _;

pub(crate) fn run(context: &Context, args: &Trace) -> Result<u8, Fail> {
    match (&args.url, &args.requests) {
        (Some(url), _) => one(context, args, url),
        (None, Some(file)) => many(context, args, file),
        // clap sees to it that one of them is there.
        (None, None) => Err(Fail::usage("no URL to trace")),
    }
}

fn one(context: &Context, args: &Trace, url: &str) -> Result<u8, Fail> {
    let parsed = request::parse(url, &args.method, &args.headers).map_err(|(message, hint)| {
        let fail = Fail::usage(message);
        match hint {
            Some(hint) => fail.hint(hint),
            None => fail,
        }
    })?;
    let tell_note = || {
        if let Some(note) = &parsed.note {
            let _ = writeln!(std::io::stderr(), "{} {note}", context.err.paint.cyan("note:"));
        }
    };
    if args.watch {
        tell_note();
        return live::watch(context, &args.input, |engine| show(context, args, &parsed.request, engine));
    }
    let mut resolved = read(context, &args.input)?;
    tell_note();
    show(context, args, &parsed.request, &mut resolved.engine)?;
    Ok(resolved.code)
}

fn show(context: &Context, args: &Trace, request: &Request, engine: &mut Engine) -> Result<(), Fail> {
    let report = engine.report()?;
    let mut request = request.clone();
    if let Some(wanted) = &args.gateway {
        request.gateway = gateway(wanted, &report)?;
        let answer = engine.trace(std::slice::from_ref(&request))?.pop().unwrap_or_default();
        return match args.output {
            AnswerFormat::Json => context.json(&answer),
            AnswerFormat::Text => context.print(&text(context, &request, &[answer], &report)),
        };
    }
    let answers = engine.trace_everywhere(&request)?;
    match args.output {
        AnswerFormat::Json => context.json(&answers),
        AnswerFormat::Text => context.print(&text(context, &request, &answers, &report)),
    }
}

fn text(context: &Context, request: &Request, answers: &[Answer], report: &Report) -> String {
    let unanswered = |a: &&Answer| matches!(a.outcome, Outcome::NoListener | Outcome::NoMatch);
    let mut out = String::new();
    let (empty, full): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|a| unanswered(a));
    // Where someone answers, those who take the connection and have nothing for it are worth one line.
    let shown = if full.is_empty() { &empty } else { &full };
    for answer in shown {
        if !out.is_empty() {
            out.push('\n');
        }
        out.push_str(&render::answer(context.out, answer, &report.exposures));
    }
    if !full.is_empty() && !empty.is_empty() {
        let names: Vec<String> = empty.iter().filter_map(|a| a.gateway.as_ref()).map(render::gateway).collect();
        let line = format!("404 from Gateway {}, where no route matches", names.join(", "));
        out.push_str(&format!("\n{}\n", context.out.paint.dim(&crate::term::safe(&line))));
    }
    if answers.is_empty() {
        out.push_str("No Gateway answers this request.\n");
    }
    if full.is_empty()
        && let Some(hint) = near_host(request, report)
    {
        out.push_str(&format!("  {} {}\n", context.out.paint.cyan("hint:"), crate::term::safe(&hint)));
    }
    out
}

/// Why nothing answers, as far as the host tells.
fn near_host(request: &Request, report: &Report) -> Option<String> {
    let wanted = request.host.as_deref()?;
    let asked = request.scheme.as_deref().unwrap_or("http");
    // Hosts say something only where a host is looked at, and "every host" says nothing about this one.
    let named = || report.exposures.iter().filter(|e| e.hostname != "*" && matches!(e.listener.protocol.as_ref(), "HTTP" | "HTTPS" | "TLS"));
    if matches!(asked, "tcp" | "udp") {
        return None;
    }
    let served: Vec<_> = named().filter(|e| host::covers(&e.hostname, wanted)).collect();
    if let Some(e) = served.first() {
        let here = served.iter().any(|e| e.listener.protocol.eq_ignore_ascii_case(asked) && request.port.is_none_or(|p| p == e.listener.port));
        if here {
            return Some(format!("`{wanted}` is served under other paths or conditions: gatescope resolve --host {wanted} -f …"));
        }
        let urls: std::collections::BTreeSet<String> = served.iter().map(|e| render::authority(&e.listener, wanted)).collect();
        let urls: Vec<String> = urls.into_iter().collect();
        return Some(format!("`{wanted}` is served as {} ({})", suggest::list(&urls), render::object(&e.route)));
    }
    let hosts: std::collections::BTreeSet<&str> = named().map(|e| e.hostname.as_str()).collect();
    let near = suggest::closest(wanted, hosts.iter().copied());
    Some(match near {
        Some(near) => format!("no route serves `{wanted}`; did you mean `{near}`?"),
        None => format!("no route serves `{wanted}`"),
    })
}

fn gateway(wanted: &str, report: &Report) -> Result<GatewayRef, Fail> {
    let named = Named::parse(wanted);
    let found: Vec<GatewayRef> = report
        .gateways
        .iter()
        .filter(|g| named.is("Gateway", &g.namespace, &g.name))
        .map(|g| GatewayRef { namespace: g.namespace.clone(), name: g.name.clone() })
        .collect();
    match found.as_slice() {
        [one] => Ok(one.clone()),
        [] => {
            let filter = crate::filter::Filter { gateway: Some(named), ..Default::default() };
            super::resolve::check(&filter, report)?;
            Err(Fail::usage(format!("no Gateway `{wanted}` in the input")))
        }
        several => {
            let names: Vec<String> = several.iter().map(render::gateway).collect();
            Err(Fail::usage(format!("several Gateways are called `{wanted}`")).hint(format!("name one of {}", suggest::list(&names))))
        }
    }
}

fn many(context: &Context, args: &Trace, file: &str) -> Result<u8, Fail> {
    if file == "-" && args.input.file.iter().any(|f| f == "-") {
        return Err(Fail::usage("standard input cannot hold both the objects and the requests"));
    }
    let bytes = if file == "-" { std::io::read_to_string(std::io::stdin()).map(String::into_bytes) } else { std::fs::read(file) };
    let bytes = bytes.map_err(|e| Fail::usage(format!("{file}: {}", input::plain_io(&e))))?;
    let requests = parse(&bytes, file, args.gateway.as_deref())?;
    let mut resolved = read(context, &args.input)?;
    let answers: Vec<Answer> = resolved.engine.trace(&requests)?;
    match args.output {
        AnswerFormat::Json => context.json(&answers)?,
        AnswerFormat::Text => {
            let pairs: Vec<(Request, Answer)> = requests.into_iter().zip(answers).collect();
            context.print(&render::requests(context.out, &pairs))?;
        }
    }
    Ok(resolved.code)
}

/// The requests of a file; `gateway` stands in where one names none.
fn parse(bytes: &[u8], file: &str, gateway: Option<&str>) -> Result<Vec<Request>, Fail> {
    const SHAPE: &str =
        "a JSON array of {\"gateway\": {\"namespace\": …, \"name\": …}, \"scheme\", \"host\", \"path\", \"method\", \"headers\", \"query\", \"port\"}";
    let values: Vec<serde_json::Value> =
        serde_json::from_slice(bytes).map_err(|e| Fail::usage(format!("{file}:{}:{}: {e}", e.line(), e.column())).hint(SHAPE))?;
    let default = match gateway {
        Some(text) => match Named::parse(text) {
            Named { namespace: Some(namespace), name, .. } => Some(GatewayRef { namespace, name }),
            _ => return Err(Fail::usage(format!("--gateway `{text}` lacks its namespace")).hint("write NAMESPACE/NAME")),
        },
        None => None,
    };
    let mut out = Vec::with_capacity(values.len());
    for (i, mut value) in values.into_iter().enumerate() {
        if let (Some(object), Some(g)) = (value.as_object_mut(), &default)
            && !object.contains_key("gateway")
        {
            object.insert("gateway".into(), serde_json::json!({"namespace": g.namespace, "name": g.name}));
        }
        out.push(serde_json::from_value(value).map_err(|e| Fail::usage(format!("{file}: request {i}: {e}")).hint(SHAPE))?);
    }
    Ok(out)
}
