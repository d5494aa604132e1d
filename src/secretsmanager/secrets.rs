//! The calls about secrets.

use super::{SecretsManager, seconds, text};
use crate::aws::ApiError;
use crate::aws::object::{self, object};
use crate::aws::page::page;
use crate::event::Cx;
use crate::sim::{SimDuration, SimTime};
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// For how long a deleted secret could be restored, in days, where the call does not say.
const WINDOW: i64 = 30;
/// As many versions are kept.
const MOST_VERSIONS: usize = 100;
const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";
/// What the six signs behind a secret's name are drawn from.
const SIGNS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A secret.
#[derive(Clone, Debug)]
pub(super) struct Secret {
    name: String,
    arn: String,
    description: String,
    created: SimTime,
    changed: SimTime,
    /// The current version first, then the previous one, then those without a label.
    versions: Vec<Version>,
    /// When it is gone, once somebody deleted it.
    deletion: Option<SimTime>,
}

#[derive(Clone, Debug)]
struct Version {
    id: String,
    value: String,
    created: SimTime,
}

impl Secret {
    fn take(&mut self, version: Version) {
        self.changed = version.created;
        self.versions.insert(0, version);
        self.versions.truncate(MOST_VERSIONS);
    }

    /// The label of the version at a place.
    fn stage(place: usize) -> Option<&'static str> {
        [CURRENT, PREVIOUS].get(place).copied()
    }

    /// The value that a task has which read it at that moment: of a version, else of a stage, else the current one; none
    /// where no such version was there (CD-23).
    fn read_at(&self, stage: &str, id: &str, at: SimTime) -> Option<&str> {
        let mut there = self.versions.iter().filter(|own| own.created <= at).enumerate();
        let fits = |(place, own): &(usize, &Version)| match (id, stage) {
            ("", "") => *place == 0,
            ("", stage) => Self::stage(*place) == Some(stage),
            (id, _) => own.id == id,
        };
        there.find(fits).map(|(_, own)| own.value.as_str())
    }
}

/// The secret that an id names: its name, its ARN, or its ARN without the six signs.
fn find<'a>(room: &'a SecretsManager, named: &str) -> Result<&'a Secret, ApiError> {
    let fits = |own: &&Rc<Secret>| {
        own.name == named || own.arn == named || own.arn.rsplit_once('-').is_some_and(|(own, _)| own == named)
    };
    room.secrets.values().find(fits).map(Rc::as_ref).ok_or_else(|| {
        ApiError::new("ResourceNotFoundException", "Secrets Manager can't find the specified secret.").at("SecretId")
    })
}

/// The same of a secret that nobody deleted.
fn alive<'a>(room: &'a SecretsManager, named: &str) -> Result<&'a Secret, ApiError> {
    let own = find(room, named)?;
    match own.deletion {
        None => Ok(own),
        Some(_) => {
            let message = "You can't perform this operation on the secret because it was marked for deletion.";
            Err(ApiError::new("InvalidRequestException", message).at("SecretId"))
        }
    }
}

fn version(cx: &mut Cx<'_>, input: &Value) -> Option<Version> {
    let value = input["SecretString"].as_str()?.to_string();
    let id = match input["ClientRequestToken"].as_str() {
        Some(token) => token.to_string(),
        None => {
            let hex = format!("{:032x}", cx.draw_wide("secret-version-id"));
            let parts =
                [0..8, 8..12, 12..16, 16..20, 20..32].map(|range| hex.get(range).unwrap_or_default().to_string());
            parts.join("-")
        }
    };
    Some(Version { id, value, created: cx.now() })
}

/// CreateSecret.
pub(super) fn create(room: &mut SecretsManager, cx: &mut Cx<'_>, input: &Value) -> Result<(String, Value), ApiError> {
    let name = text(input, "Name").to_string();
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@!-".contains(&byte)) {
        let message =
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";
        return Err(ApiError::new("ValidationException", message).at("Name"));
    }
    match room.secrets.get(name.as_str()) {
        Some(own) if own.deletion.is_some() => {
            let message =
                "You can't create this secret because a secret with this name is already scheduled for deletion.";
            return Err(ApiError::new("InvalidRequestException", message).at("Name"));
        }
        Some(_) => {
            let message = format!("The operation failed because the secret {name} already exists.");
            return Err(ApiError::new("ResourceExistsException", message).at("Name"));
        }
        None => {}
    }
    let mut draw = cx.draw("secret-id");
    let mut signs = String::new();
    for _ in 0..6 {
        signs.push(char::from(SIGNS.get((draw % 62) as usize).copied().unwrap_or(b'A')));
        draw /= 62;
    }
    let account = &cx.options().account;
    let arn =
        format!("arn:{}:secretsmanager:{}:{}:secret:{name}-{signs}", account.partition(), account.region, account.id);
    let now = cx.now();
    let mut made = Secret {
        name: name.clone(),
        arn: arn.clone(),
        description: text(input, "Description").to_string(),
        created: now,
        changed: now,
        versions: Vec::new(),
        deletion: None,
    };
    let mut answer = object!({ "ARN": arn, "Name": name.as_str() });
    if let Some(version) = version(cx, input) {
        answer["VersionId"] = version.id.as_str().into();
        made.take(version);
    }
    room.secrets.insert(name.clone(), Rc::new(made));
    Ok((name, answer))
}

/// PutSecretValue.
pub(super) fn put(room: &mut SecretsManager, cx: &mut Cx<'_>, input: &Value) -> Result<(String, Value), ApiError> {
    let name = alive(room, text(input, "SecretId"))?.name.clone();
    let Some(version) = version(cx, input) else {
        let message = "You must provide either SecretString or SecretBinary.";
        return Err(ApiError::new("InvalidRequestException", message).at("SecretString"));
    };
    let id = version.id.clone();
    let own = room.secrets.get_mut(name.as_str()).map(Rc::make_mut);
    let arn = own.map(|own| {
        own.take(version);
        own.arn.clone()
    });
    let answer = object!({ "ARN": arn, "Name": name.as_str(), "VersionId": id, "VersionStages": alloc::vec![CURRENT] });
    Ok((name, answer))
}

/// DeleteSecret. A marked secret stays marked: nobody restores it, and its name stays taken.
pub(super) fn delete(room: &mut SecretsManager, cx: &mut Cx<'_>, input: &Value) -> Result<(String, Value), ApiError> {
    let own = alive(room, text(input, "SecretId"))?;
    let (name, arn) = (own.name.clone(), own.arn.clone());
    let (forced, days) = (input["ForceDeleteWithoutRecovery"] == true, input["RecoveryWindowInDays"].as_i64());
    if forced && days.is_some() {
        let message = "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.";
        return Err(ApiError::new("InvalidParameterException", message).at("ForceDeleteWithoutRecovery"));
    }
    let days = days.unwrap_or(WINDOW);
    if !(7..=30).contains(&days) {
        let message = "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).";
        return Err(ApiError::new("InvalidParameterException", message).at("RecoveryWindowInDays"));
    }
    let at = if forced { cx.now() } else { cx.now() + SimDuration::from_secs(days * 86_400) };
    if forced {
        room.secrets.remove(name.as_str());
    } else if let Some(own) = room.secrets.get_mut(name.as_str()).map(Rc::make_mut) {
        own.deletion = Some(at);
    }
    let answer = object!({ "ARN": arn, "Name": name.as_str(), "DeletionDate": seconds(at) });
    Ok((name, answer))
}

/// The secret that is asked for, with its version of a stage; none means the current one.
pub(super) fn value<'a>(
    room: &'a SecretsManager,
    named: &str,
    stage: Option<&str>,
) -> Result<(&'a str, &'a str), ApiError> {
    let own = alive(room, named)?;
    let stage = stage.unwrap_or(CURRENT);
    let place = (0..own.versions.len()).find(|place| Secret::stage(*place) == Some(stage));
    let found = place.and_then(|place| own.versions.get(place));
    found.map(|version| (own.name.as_str(), version.id.as_str())).ok_or_else(|| {
        let message = format!("Secrets Manager can't find the specified secret value for staging label: {stage}");
        ApiError::new("ResourceNotFoundException", message).at("SecretId")
    })
}

/// What a task has of a secret that it read at that moment, named as in a task definition: an ARN, behind which a JSON key,
/// a stage and a version may stand (CD-23).
pub(super) fn read_at(room: &SecretsManager, named: &str, at: SimTime) -> Option<String> {
    let parts: Vec<&str> = named.split(':').collect();
    let (arn, rest) = parts.split_at_checked(7).unwrap_or((&parts, &[]));
    let part = |place: usize| rest.get(place).copied().unwrap_or_default();
    let value = find(room, &arn.join(":")).ok()?.read_at(part(1), part(2), at)?;
    if part(0).is_empty() {
        return Some(value.to_string());
    }
    let document: Value = serde_json::from_str(value).ok()?;
    let member = document.get(part(0))?;
    Some(member.as_str().map_or_else(|| member.to_string(), ToString::to_string))
}

/// GetSecretValue.
pub(super) fn get(room: &SecretsManager, input: &Value) -> Result<Value, ApiError> {
    let named = text(input, "SecretId");
    let own = alive(room, named)?;
    let id = match input["VersionId"].as_str() {
        Some(id) => id,
        None => value(room, named, input["VersionStage"].as_str())?.1,
    };
    let Some((place, version)) = own.versions.iter().enumerate().find(|(_, version)| version.id == id) else {
        let message = format!("Secrets Manager can't find the specified secret value for VersionId: {id}");
        return Err(ApiError::new("ResourceNotFoundException", message).at("VersionId"));
    };
    Ok(object!({
        "ARN": own.arn.as_str(),
        "Name": own.name.as_str(),
        "VersionId": id,
        "SecretString": version.value.as_str(),
        "VersionStages": Secret::stage(place).into_iter().collect::<Vec<_>>(),
        "CreatedDate": seconds(version.created),
    }))
}

fn shown(own: &Secret, versions: &'static str) -> Value {
    let mut all = alloc::vec![("ARN", Value::from(own.arn.as_str())), ("Name", own.name.as_str().into())];
    if !own.description.is_empty() {
        all.push(("Description", own.description.as_str().into()));
    }
    all.push(("LastChangedDate", seconds(own.changed)));
    if let Some(at) = own.deletion {
        all.push(("DeletedDate", seconds(at)));
    }
    if !own.versions.is_empty() {
        let stages = own.versions.iter().zip([CURRENT, PREVIOUS]);
        let stages = stages.map(|(version, stage)| (version.id.as_str(), alloc::vec![stage].into()));
        all.push((versions, object::of(stages.collect())));
    }
    all.push(("CreatedDate", seconds(own.created)));
    object::of(all)
}

/// DescribeSecret.
pub(super) fn describe(room: &SecretsManager, input: &Value) -> Result<Value, ApiError> {
    Ok(shown(find(room, text(input, "SecretId"))?, "VersionIdsToStages"))
}

/// ListSecrets: those that nobody deleted.
pub(super) fn list(room: &SecretsManager, input: &Value) -> Result<Value, ApiError> {
    let all = room.secrets.values().filter(|own| own.deletion.is_none());
    let all = all.map(|own| shown(own, "SecretVersionsToStages")).collect();
    let (items, next) = page("secrets", all, input["NextToken"].as_str(), input["MaxResults"].as_i64(), 100)
        .map_err(|_| ApiError::new("InvalidNextTokenException", "The pagination token isn't valid.").in_our_words())?;
    let mut answer = object!({ "SecretList": items });
    if let Some(next) = next {
        answer["NextToken"] = next.into();
    }
    Ok(answer)
}
