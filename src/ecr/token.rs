//! Authorization tokens: base64 of `AWS:PASSWORD`, good for 12 hours in their Region (3.3).

use super::{Look, hex, host, items, text};
use crate::aws::object::object;
use crate::aws::{Account, ApiError};
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// In the place of an account in the tokens of Amazon ECR Public.
const PUBLIC: &str = "public";

/// The length of a seal.
const SEAL: usize = 64;

/// How long a token is good.
pub const LIFETIME: SimDuration = SimDuration::from_secs(12 * 3600);

/// Why a password opens no registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// It is not one that this registry's Region gave.
    Wrong,
    /// It is older than 12 hours.
    Expired,
}

/// The password of a token that somebody takes at that moment.
pub fn password(account: &Account, caller: &str, now: SimTime) -> String {
    let expiration = (now + LIFETIME).as_millis().div_euclid(1000);
    let document = object!({
        "payload": format!("{}{}", seal(account, caller, expiration), STANDARD.encode(caller)),
        "datakey": seal(account, "", 0),
        "version": "2",
        "type": "DATA_KEY",
        "expiration": expiration,
    });
    STANDARD.encode(serde_json::to_vec(&document).unwrap_or_default())
}

fn seal(account: &Account, caller: &str, expiration: i64) -> String {
    let digest = Sha256::digest(format!("ecr:{}:{}:{caller}:{expiration}", account.region, account.id));
    String::from(hex(&digest).trim_start_matches("sha256:"))
}

/// Whether a password opens the registry of the account in its Region now, and who took it: a token has the permissions of
/// its caller (3.3).
///
/// # Errors
/// Another text or another Region's token, and one that is over.
pub fn check(password: &str, account: &Account, now: SimTime) -> Result<String, Denied> {
    let bytes = STANDARD.decode(password).map_err(|_| Denied::Wrong)?;
    let document: Value = serde_json::from_slice(&bytes).map_err(|_| Denied::Wrong)?;
    let expiration = document["expiration"].as_i64().ok_or(Denied::Wrong)?;
    let (sealed, caller) = text(&document, "payload").split_at_checked(SEAL).ok_or(Denied::Wrong)?;
    let caller = STANDARD.decode(caller).ok().and_then(|own| String::from_utf8(own).ok()).ok_or(Denied::Wrong)?;
    if sealed != seal(account, &caller, expiration) {
        return Err(Denied::Wrong);
    }
    if now.as_millis().div_euclid(1000) < expiration { Ok(caller) } else { Err(Denied::Expired) }
}

/// The token of Amazon ECR Public (3.11): it is of one registry for all.
pub fn public(account: &Account, now: SimTime) -> Value {
    let account = Account { id: PUBLIC.into(), region: account.region.clone() };
    let token = STANDARD.encode(format!("AWS:{}", password(&account, "", now)));
    let expires = (now + LIFETIME).as_epoch_seconds();
    object!({ "authorizationData": object!({ "authorizationToken": token, "expiresAt": expires }) })
}

/// Whether a password opens Amazon ECR Public now.
///
/// # Errors
/// Another text, another service's token, and one that is over.
pub fn check_public(password: &str, regions: &[&str], now: SimTime) -> Result<(), Denied> {
    let of = |region: &&str| check(password, &Account { id: PUBLIC.into(), region: (*region).into() }, now).map(drop);
    let answers = regions.iter().map(of);
    answers
        .min_by_key(|answer| match answer {
            Ok(()) => 0,
            Err(Denied::Expired) => 1,
            Err(Denied::Wrong) => 2,
        })
        .unwrap_or(Err(Denied::Wrong))
}

pub(super) fn get(look: &Look<'_>, input: &Value) -> Result<Value, ApiError> {
    let token = STANDARD.encode(format!("AWS:{}", password(look.account, look.caller, look.now)));
    let one = |id: &str| {
        let account = Account { id: id.into(), region: look.account.region.clone() };
        object!({
            "authorizationToken": token.as_str(),
            "expiresAt": (look.now + LIFETIME).as_epoch_seconds(),
            "proxyEndpoint": format!("https://{}", host::of(&account)),
        })
    };
    let mut data: Vec<Value> = items(input, "registryIds").filter_map(Value::as_str).map(one).collect();
    if data.is_empty() {
        data.push(one(&look.account.id));
    }
    Ok(object!({ "authorizationData": data }))
}
