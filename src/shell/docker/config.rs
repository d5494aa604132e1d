//! `~/.docker/config.json`, where docker's client keeps its logins: who is logged in is read from there each time.
//!
//! Source: docker's client, which decodes the file as Go does, and warns of one that it cannot.

use super::login::host;
use crate::aws::object::object;
use crate::shell::exec::Shell;
use crate::shell::terminal::HOME;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::engine::general_purpose::STANDARD;
use base64::{DecodeError, Engine};
use serde_json::{Map, Value};

/// The address of Docker Hub among logins.
pub(super) const HUB: &str = "https://index.docker.io/v1/";

/// A login at a registry.
pub(super) struct Login {
    /// The name by which the file knows the registry.
    server: String,
    pub(super) user: String,
    pub(super) password: String,
}

fn path() -> String {
    format!("{HOME}/.docker/config.json")
}

/// What the file holds; nothing where there is none.
///
/// # Errors
/// Why it cannot be decoded, in Go's words.
pub(super) fn whole(shell: &Shell<'_>) -> Result<Value, String> {
    let (path, files) = (path(), &shell.terminal.files);
    if files.is_directory(&path) {
        return Err(format!("read {path}: is a directory"));
    }
    let text = files.read(&path).unwrap_or_default();
    // What stands behind the first value is not read.
    let first = serde_json::Deserializer::from_str(text).into_iter::<Value>().next();
    match first.transpose().map_err(|wrong| no_json(text, &wrong))?.unwrap_or_default() {
        own @ (Value::Object(_) | Value::Null) => Ok(own),
        own => Err(format!("json: cannot unmarshal {} into Go value of type configfile.ConfigFile", kind(&own))),
    }
}

/// What Go says of a text that is no JSON.
fn no_json(text: &str, wrong: &serde_json::Error) -> String {
    let line = text.lines().nth(wrong.line().saturating_sub(1)).unwrap_or_default();
    let sign = line.get(wrong.column().saturating_sub(1)..).and_then(|rest| rest.chars().next());
    let Some(sign) = sign.filter(|_| !wrong.is_eof()) else { return "unexpected EOF".to_string() };
    let told = wrong.to_string();
    let place = [
        ("key must be a string", "looking for beginning of object key string"),
        ("expected `:`", "after object key"),
        ("expected `,` or `}`", "after object key:value pair"),
        ("expected `,` or `]`", "after array element"),
    ];
    let place = match place.iter().find(|(own, _)| told.starts_with(own)) {
        Some((_, place)) => place,
        None if told.starts_with("trailing comma") && sign == '}' => "looking for beginning of object key string",
        None => "looking for beginning of value",
    };
    format!("invalid character '{sign}' {place}")
}

/// What Go calls a value of another type than it takes.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// The logins that the file holds.
///
/// # Errors
/// Why it cannot be decoded.
fn logins(shell: &Shell<'_>) -> Result<Vec<Login>, String> {
    let field = |own: &Value, field: &str, kind_of: &str| {
        format!("json: cannot unmarshal {} into Go struct field {field} of type {kind_of}", kind(own))
    };
    let whole = whole(shell)?;
    let auths = match &whole["auths"] {
        Value::Null => return Ok(Vec::new()),
        Value::Object(auths) => auths,
        own => return Err(field(own, "ConfigFile.auths", "map[string]types.AuthConfig")),
    };
    let login = |(server, own): (&String, &Value)| {
        if !own.is_object() && !own.is_null() {
            return Err(field(own, "ConfigFile.auths", "types.AuthConfig"));
        }
        let text = |member: &str| match &own[member] {
            Value::Null => Ok(""),
            Value::String(text) => Ok(text.as_str()),
            other => Err(field(other, &format!("AuthConfig.auths.{member}"), "string")),
        };
        let auth = text("auth")?;
        let (user, password) = match auth {
            "" => (text("username")?.to_string(), text("password")?.to_string()),
            auth => decoded(auth)?,
        };
        Ok(Login { server: server.clone(), user, password })
    };
    auths.iter().map(login).collect()
}

/// The user and the password of an entry.
fn decoded(auth: &str) -> Result<(String, String), String> {
    let pair = STANDARD.decode(auth).map_err(|wrong| {
        let at = match wrong {
            DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol(at, _) => at,
            DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => auth.len(),
        };
        format!("illegal base64 data at input byte {at}")
    })?;
    let pair = String::from_utf8_lossy(&pair);
    let (user, password) = pair.split_once(':').ok_or("invalid auth configuration file")?;
    Ok((user.to_string(), password.trim_matches('\0').to_string()))
}

/// What docker says of a file that it cannot decode, whatever it is to do.
pub(super) fn warning(shell: &Shell<'_>) -> Option<String> {
    let why = logins(shell).err()?;
    Some(format!("WARNING: Error loading config file: {}: {why}\n", path()))
}

/// The login at a registry's host; Docker Hub has none.
pub(super) fn login(shell: &Shell<'_>, wanted: &str) -> Option<Login> {
    let mut all = logins(shell).ok()?.into_iter();
    all.find(|own| host(Some(&own.server)) == wanted && !own.user.is_empty() && !own.password.is_empty())
}

/// Writes a login, or none, for a registry's host; what else stands in the file stays, unless it cannot be decoded.
///
/// # Errors
/// Why it cannot be written.
pub(super) fn write(shell: &mut Shell<'_>, wanted: &str, login: Option<(&str, &str)>) -> Result<(), String> {
    let mut whole = match whole(shell) {
        Ok(Value::Object(whole)) => whole,
        _ => Map::new(),
    };
    let mut auths = whole.get("auths").and_then(Value::as_object).cloned().unwrap_or_default();
    auths.retain(|server, _| host(Some(server)) != wanted);
    if let Some((user, password)) = login {
        let server = if wanted.is_empty() { HUB } else { wanted };
        auths.insert(server.to_string(), object!({ "auth": STANDARD.encode(format!("{user}:{password}")) }));
    }
    auths.sort_keys();
    whole.insert("auths".to_string(), Value::Object(auths));
    let (path, files) = (path(), &mut shell.terminal.files);
    files.make(&format!("{HOME}/.docker"));
    let text = super::manifest::indented(&Value::Object(whole), "\t");
    files.write(&path, text).map_err(|why| format!("open {path}: {why}"))?;
    files.set_mode(&path, 0o600);
    Ok(())
}
