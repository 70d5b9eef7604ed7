//! `explain`.

use super::{Context, Engine, read};
use crate::cli::{AnswerFormat, Explain};
use crate::fail::Fail;
use crate::{render, suggest};
use gatescope::traffic;
use gatescope_core::diagnose;
use gatescope_core::types::ObjectRef;

/// Kinds that can be explained, with the short names that kubectl has for them.
const KINDS: [(&str, &[&str]); 14] = [
    ("HTTPRoute", &[]),
    ("GRPCRoute", &[]),
    ("TLSRoute", &[]),
    ("TCPRoute", &[]),
    ("UDPRoute", &[]),
    ("Gateway", &["gtw"]),
    ("ListenerSet", &["lset"]),
    ("XListenerSet", &["lset"]),
    ("GatewayClass", &["gc"]),
    ("Service", &["svc"]),
    ("BackendTLSPolicy", &["btlspolicy"]),
    ("ReferenceGrant", &["refgrant"]),
    ("Secret", &[]),
    ("Namespace", &["ns"]),
];

pub(crate) fn run(context: &Context, args: &Explain) -> Result<u8, Fail> {
    if is_code(&args.subject) || info(&args.subject).is_some() {
        return code(context, args);
    }
    let parts: Vec<&str> = args.subject.split('/').collect();
    let (kind, namespace, name) = match parts.as_slice() {
        [kind, namespace, name] => (*kind, Some((*namespace).to_owned()), *name),
        [kind, name] => (*kind, args.scope.namespace.clone(), *name),
        _ => {
            return Err(Fail::usage(format!("`{}` is neither an object nor a code", args.subject))
                .hint("write KIND/NAMESPACE/NAME, as in HTTPRoute/shop/web, or a finding's code, as in GS0102"));
        }
    };
    let kind = self::kind(kind)?;
    let mut resolved = read(context, &args.input)?;
    let subject = find(&mut resolved.engine, kind, namespace, name)?;
    let Some(explanation) = resolved.engine.explain(&subject)? else {
        return Err(not_there(&mut resolved.engine, &subject)?);
    };
    match args.output {
        AnswerFormat::Json => context.json(&explanation)?,
        AnswerFormat::Text => context.print(&render::explanation(context.out, &explanation, &resolved.engine.report()?.exposures))?,
    }
    Ok(resolved.code)
}

fn is_code(text: &str) -> bool {
    text.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("GS")) && text.len() > 2 && text.bytes().skip(2).all(|b| b.is_ascii_digit())
}

/// A finding of the resolver, of traffic, or one that only the exporter's clock tells.
fn info(word: &str) -> Option<&'static diagnose::Info> {
    let is = |i: &&diagnose::Info| i.code.eq_ignore_ascii_case(word) || i.name.eq_ignore_ascii_case(word);
    diagnose::info(word).or_else(|| elsewhere().find(is))
}

/// Findings that the exporter makes, and not the resolver.
fn elsewhere() -> impl Iterator<Item = &'static diagnose::Info> {
    traffic::CODES.into_iter().chain(&crate::hub::CLOCK_INFOS)
}

/// What a finding means, offline.
fn code(context: &Context, args: &Explain) -> Result<u8, Fail> {
    let Some(info) = info(&args.subject) else {
        let codes: Vec<String> = diagnose::CATALOGUE.iter().copied().chain(elsewhere()).map(|i| i.code.to_owned()).collect();
        let hint = match suggest::closest(&args.subject, codes.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", suggest::list(&codes)),
        };
        return Err(Fail::usage(format!("there is no finding `{}`", args.subject)).hint(hint));
    };
    match args.output {
        AnswerFormat::Json => context.json(&serde_json::json!({
            "code": info.code, "name": info.name, "severity": info.severity, "title": info.title,
            "meaning": info.meaning, "remedy": info.remedy, "rules": info.rules,
        }))?,
        AnswerFormat::Text => context.print(&render::finding(context.out, info))?,
    }
    Ok(0)
}

/// The kind in the API's spelling, from any case, plural or short name.
pub(crate) fn kind(word: &str) -> Result<&'static str, Fail> {
    let lower = word.split('.').next().unwrap_or_default().to_lowercase();
    let is = |kind: &str, short: &[&str]| {
        let kind = kind.to_lowercase();
        let plural = kind.strip_suffix('y').map_or_else(|| format!("{kind}s"), |stem| format!("{stem}ies"));
        let gateways = format!("{kind}s");
        let es = format!("{kind}es");
        lower == kind || lower == plural || lower == gateways || lower == es || short.contains(&lower.as_str())
    };
    if let Some((kind, _)) = KINDS.iter().find(|(kind, short)| is(kind, short)) {
        return Ok(kind);
    }
    let names: Vec<String> = KINDS.iter().map(|(k, _)| (*k).to_owned()).collect();
    let hint = match suggest::closest(&lower, KINDS.iter().map(|(k, _)| *k)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("kinds are {}", suggest::list(&names)),
    };
    Err(Fail::usage(format!("no object of kind `{word}` can be explained")).hint(hint))
}

/// The object meant: without a namespace the only one of that name.
pub(crate) fn find(engine: &mut Engine, kind: &'static str, namespace: Option<String>, name: &str) -> Result<ObjectRef, Fail> {
    let subject = |namespace: Option<String>| ObjectRef { kind: kind.into(), namespace, name: name.to_owned() };
    if let Some(namespace) = namespace {
        return Ok(subject(Some(namespace).filter(|_| !matches!(kind, "GatewayClass" | "Namespace"))));
    }
    let found: Vec<String> = engine.names(kind)?.into_iter().filter(|(_, n)| n == name).map(|(ns, _)| ns).collect();
    match found.as_slice() {
        [] => Ok(subject(None)),
        [one] => Ok(subject(Some(one.clone()).filter(|n| !n.is_empty()))),
        several => {
            let names: Vec<String> = several.iter().map(|ns| format!("{kind}/{ns}/{name}")).collect();
            Err(Fail::usage(format!("several objects are called `{kind}/{name}`")).hint(format!("name one of {}", suggest::list(&names))))
        }
    }
}

/// Why nothing is said about it.
pub(crate) fn not_there(engine: &mut Engine, wanted: &ObjectRef) -> Result<Fail, Fail> {
    let fail = Fail::usage(format!("no `{}` in the input", render::object(wanted)));
    let full = |(ns, name): &(String, String)| if ns.is_empty() { format!("{}/{name}", wanted.kind) } else { format!("{}/{ns}/{name}", wanted.kind) };
    let names = engine.names(&wanted.kind)?;
    let same_name: Vec<String> = names.iter().filter(|(_, n)| *n == wanted.name).map(full).collect();
    let all: Vec<String> = names.iter().map(full).collect();
    if !same_name.is_empty() {
        return Ok(fail.hint(format!("did you mean {}?", suggest::list(&same_name))));
    }
    let asked = render::object(wanted);
    Ok(match suggest::closest(&asked, all.iter().map(String::as_str)) {
        Some(near) => fail.hint(format!("did you mean `{near}`?")),
        None if all.is_empty() => fail.hint(format!("there is no {} at all", wanted.kind)),
        None => fail.hint(format!("there are {}", suggest::list(&all))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_in_any_spelling() {
        for (word, want) in [
            ("httproute", "HTTPRoute"),
            ("HTTPRoutes", "HTTPRoute"),
            ("gtw", "Gateway"),
            ("gatewayclasses", "GatewayClass"),
            ("backendtlspolicies", "BackendTLSPolicy"),
            ("httproutes.gateway.networking.k8s.io", "HTTPRoute"),
        ] {
            assert_eq!(kind(word).unwrap(), want);
        }
        assert!(matches!(kind("httpruote"), Err(Fail::Usage { hint: Some(h), .. }) if h.contains("HTTPRoute")));
    }

    #[test]
    fn codes() {
        assert!(is_code("GS0102") && is_code("gs0102") && !is_code("GS") && !is_code("Gateway/a/b"));
    }
}
