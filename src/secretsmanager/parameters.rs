//! The calls about parameters: AWS's public ones, and those that somebody put.

use super::{SecretsManager, seconds, text};
use crate::aws::ApiError;
use crate::aws::arn::Account;
use crate::aws::object::object;
use crate::aws::page::page;
use crate::ec2::parameters as public;
use crate::event::Cx;
use crate::sim::SimTime;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

/// A parameter that somebody put.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    kind: String,
    value: String,
    version: u64,
    changed: SimTime,
    /// The values before, the oldest first, each with when it came.
    before: Vec<(SimTime, String)>,
}

/// What a task has of a parameter, given by name or ARN, that it read at that moment (CD-23).
pub(super) fn read_at(room: &SecretsManager, named: &str, at: SimTime) -> Option<String> {
    let (name, rooted) = (name_of(named), format!("/{}", name_of(named)));
    let own = [name, rooted].iter().find_map(|name| room.parameters.get(name.as_str()))?;
    if own.changed <= at {
        return Some(own.value.clone());
    }
    own.before.iter().rfind(|(since, _)| *since <= at).map(|(_, value)| value.clone())
}

/// The name in a parameter's ARN; a name is its own.
fn name_of(named: &str) -> String {
    match named.split_once(":parameter/") {
        Some((_, name)) if name.contains('/') => format!("/{name}"),
        Some((_, name)) => name.to_string(),
        None => named.to_string(),
    }
}

/// Whether there is such a parameter, given by name or ARN.
pub(super) fn is_there(room: &SecretsManager, named: &str) -> bool {
    let (name, rooted) = (name_of(named), format!("/{}", name_of(named)));
    [name, rooted].iter().any(|name| room.parameters.contains_key(name.as_str())) || public::is_there(named)
}

/// PutParameter.
pub(super) fn put(room: &mut SecretsManager, cx: &mut Cx<'_>, input: &Value) -> Result<(String, Value), ApiError> {
    let name = text(input, "Name").to_string();
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte);
    if !name.bytes().all(legal) || name.contains('/') && !name.starts_with('/') {
        let message = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive) and must only contain a mix of letters, \
                       numbers and the following symbols .-_ It must be fully qualified, with a leading slash, if it has a path.";
        return Err(ApiError::new("ValidationException", message).at("Name").in_our_words());
    }
    let first = name.trim_start_matches('/').to_ascii_lowercase();
    if first.starts_with("aws") || first.starts_with("ssm") {
        let message = format!("No access to reserved parameter name: {name}.");
        return Err(ApiError::new("AccessDeniedException", message).at("Name"));
    }
    let before = room.parameters.get(name.as_str());
    if before.is_some() && input["Overwrite"] != true {
        let message =
            "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.";
        return Err(ApiError::new("ParameterAlreadyExists", message).at("Name"));
    }
    let kind = input["Type"].as_str().map(String::from).or_else(|| before.map(|own| own.kind.clone()));
    let Some(kind) = kind else {
        let message = "A parameter type is required when you create a parameter.";
        return Err(ApiError::new("ValidationException", message).at("Type"));
    };
    let version = before.map_or(1, |own| own.version + 1);
    let old = before.map(|own| [own.before.as_slice(), &[(own.changed, own.value.clone())]].concat());
    let value = text(input, "Value").to_string();
    let made = Parameter { kind, value, version, changed: cx.now(), before: old.unwrap_or_default() };
    room.parameters.insert(name.clone(), Rc::new(made));
    Ok((name, object!({ "Version": version, "Tier": "Standard" })))
}

/// DeleteParameter.
pub(super) fn delete(room: &mut SecretsManager, input: &Value) -> Result<(String, Value), ApiError> {
    let name = text(input, "Name").to_string();
    match room.parameters.remove(name.as_str()) {
        Some(_) => Ok((name, object!({}))),
        None => Err(ApiError::new("ParameterNotFound", "").at("Name")),
    }
}

fn shown(name: &str, own: &Parameter, account: &Account, decrypted: bool) -> Value {
    let value = match own.kind == "SecureString" && !decrypted {
        true => STANDARD.encode(format!("encrypted by alias/aws/ssm: {name}")),
        false => own.value.clone(),
    };
    object!({
        "Name": name,
        "Type": own.kind.as_str(),
        "Value": value,
        "Version": own.version,
        "LastModifiedDate": seconds(own.changed),
        "ARN": format!(
            "arn:{}:ssm:{}:{}:parameter/{}",
            account.partition(),
            account.region,
            account.id,
            name.trim_start_matches('/')
        ),
        "DataType": "text",
    })
}

/// GetParameter, GetParameters, GetParametersByPath.
pub(super) fn read(
    room: &SecretsManager,
    account: &Account,
    operation: &str,
    input: &Value,
) -> Result<Value, ApiError> {
    let decrypted = input["WithDecryption"] == true;
    let own = room.parameters.iter().map(|(name, own)| (name.clone(), shown(name, own, account, decrypted)));
    let known: Vec<(String, Value)> = public::all(account).into_iter().chain(own).collect();
    let find = |named: &Value| {
        let name = name_of(named.as_str().unwrap_or_default());
        match known.iter().find(|(own, _)| *own == name) {
            Some((_, shown)) => Ok(Some(shown.clone())),
            None if public::is_left_out(&name) => {
                Err(ApiError::not_simulated(&format!("the public parameter {name}, which AWS may have")))
            }
            None => Ok(None),
        }
    };
    match operation {
        "GetParameter" => {
            let own = find(&input["Name"])?.ok_or_else(|| ApiError::new("ParameterNotFound", "").at("Name"))?;
            Ok(object!({ "Parameter": own }))
        }
        "GetParameters" => {
            let (mut found, mut invalid) = (Vec::new(), Vec::new());
            for name in input["Names"].as_array().into_iter().flatten() {
                match find(name)? {
                    Some(own) => found.push(own),
                    None => invalid.push(name.clone()),
                }
            }
            Ok(object!({ "Parameters": found, "InvalidParameters": invalid }))
        }
        _ => {
            let path = text(input, "Path").trim_end_matches('/');
            if public::is_left_out(path) {
                return Err(ApiError::not_simulated(&format!(
                    "the public parameters below {path}, which AWS may have"
                )));
            }
            let below = |name: &str| {
                let rest = name.strip_prefix(path)?.strip_prefix('/')?;
                (input["Recursive"] == true || !rest.contains('/')).then_some(())
            };
            let found = known.into_iter().filter(|(name, _)| below(name).is_some()).map(|(_, own)| own).collect();
            let scope = format!("Parameters {path} {}", input["Recursive"]);
            let [token, most] = ["NextToken", "MaxResults"].map(|name| &input[name]);
            let (items, next) = page(&scope, found, token.as_str(), most.as_i64(), 10)
                .map_err(|_| ApiError::new("InvalidNextToken", "The specified token isn't valid."))?;
            let mut answer = object!({ "Parameters": items });
            if let Some(next) = next {
                answer["NextToken"] = next.into();
            }
            Ok(answer)
        }
    }
}
