//! Launch templates: what Auto Scaling groups and RunInstances launch from.
//!
//! Source: EC2 API reference (CreateLaunchTemplate, ModifyLaunchTemplate, DeleteLaunchTemplateVersions, RunInstances),
//! read 2026-11-22.

use super::{Ec2, filter, tags};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::Cx;
use crate::sim::SimTime;
use crate::sim::sorted::Map;
use alloc::borrow::Cow;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// A launch template.
#[derive(Clone, Debug)]
pub struct Template {
    name: String,
    created: SimTime,
    /// By number; that of the default is among them.
    versions: Map<u64, Version>,
    default: u64,
    /// The greatest number that a version ever had: no number comes back.
    last: u64,
}

#[derive(Clone, Debug)]
struct Version {
    created: SimTime,
    description: Value,
    /// LaunchTemplateData.
    data: Value,
}

const FILTERS: [(&str, &str); 1] = [("launch-template-name", "LaunchTemplateName")];

impl Template {
    fn latest(&self) -> u64 {
        self.versions.keys().next_back().copied().unwrap_or_default()
    }

    /// The number of a version that is there: `$Default` without a name.
    fn number(&self, named: Option<&str>) -> Option<u64> {
        let number = match named {
            None | Some("" | "$Default") => self.default,
            Some("$Latest") => self.latest(),
            Some(number) => number.parse().ok()?,
        };
        self.versions.get(&number).map(|_| number)
    }

    fn add(&mut self, now: SimTime, input: &Value, data: Value) {
        self.last += 1;
        let description = input["VersionDescription"].clone();
        self.versions.insert(self.last, Version { created: now, description, data });
    }
}

impl Ec2 {
    /// The version that a LaunchTemplateSpecification names, and its data: by id or name, `$Default` without a version.
    pub fn template(&self, named: &Value) -> Option<(u64, &Value)> {
        let (_, own) = self.find_template(named)?;
        let number = own.number(named["Version"].as_str())?;
        Some((number, &own.versions.get(&number)?.data))
    }

    /// Id and name of the launch template that is named by either.
    pub fn template_names(&self, named: &Value) -> Option<(&str, &str)> {
        self.find_template(named).map(|(id, own)| (id, own.name.as_str()))
    }

    fn find_template(&self, named: &Value) -> Option<(&str, &Template)> {
        let by_id = named["LaunchTemplateId"].as_str();
        let name = named["LaunchTemplateName"].as_str();
        let fits = |id: &str, own: &Template| match by_id {
            Some(wanted) => wanted == id,
            None => name == Some(own.name.as_str()),
        };
        self.templates.iter().map(|(id, own)| (id.as_str(), own.as_ref())).find(|(id, own)| fits(id, own))
    }
}

/// A RunInstances request with what its launch template says where the request says nothing.
///
/// # Errors
/// The template or its version is not there.
#[inline(never)]
pub(super) fn filled<'a>(ec2: &Ec2, input: &'a Value) -> Result<Cow<'a, Value>, ApiError> {
    let asked = &input["LaunchTemplate"];
    if !asked.is_object() {
        return Ok(Cow::Borrowed(input));
    }
    let (id, _) = named(ec2, asked)?;
    let version = asked["Version"].as_str().unwrap_or_default();
    let (_, data) = ec2.template(asked).ok_or_else(|| no_version(id, version).at("LaunchTemplate.Version"))?;
    let mut all = data.clone();
    for (name, value) in input.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    Ok(Cow::Owned(all))
}

/// The calls that change launch templates.
pub fn call(ec2: &mut Ec2, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation == "CreateLaunchTemplate" {
        return create(ec2, cx, input);
    }
    let (id, own) = named(ec2, input)?;
    let (id, shown) = (id.to_string(), description(ec2, id, own));
    if operation == "DeleteLaunchTemplate" {
        ec2.templates.remove(&id);
        ec2.change_network(cx).tags.remove(&id);
        return Ok(object!({ "LaunchTemplate": shown }));
    }
    let merged = if operation == "CreateLaunchTemplateVersion" { merged(ec2, &id, input)? } else { Value::Null };
    let Some(own) = ec2.templates.get_mut(&id).map(Rc::make_mut) else { return Err(missing(&object!({}))) };
    match operation {
        "CreateLaunchTemplateVersion" => {
            own.add(cx.now(), input, merged);
            Ok(object!({ "LaunchTemplateVersion": version(&id, own, own.last) }))
        }
        "DeleteLaunchTemplateVersions" => Ok(delete_versions(&id, own, input)),
        _ => {
            if let Some(wanted) = input["DefaultVersion"].as_str() {
                let number = own.number(Some(wanted));
                own.default = number.ok_or_else(|| no_version(&id, wanted).at("DefaultVersion"))?;
            }
            Ok(object!({ "LaunchTemplate": ec2.templates.get(&id).map(|own| description(ec2, &id, own)) }))
        }
    }
}

fn create(ec2: &mut Ec2, cx: &mut Cx<'_>, input: &Value) -> Result<Value, ApiError> {
    let name = input["LaunchTemplateName"].as_str().unwrap_or_default();
    let legal = |c: char| c.is_ascii_alphanumeric() || "()./_-".contains(c);
    if !(3..=128).contains(&name.chars().count()) || !name.chars().all(legal) {
        let message = format!(
            "Invalid launch template name: '{name}'. Names must be between 3 and 128 characters and contain only letters, \
             numbers, and the characters - ( ) . / _"
        );
        return Err(ApiError::new("InvalidLaunchTemplateName.MalformedException", message)
            .at("LaunchTemplateName")
            .in_our_words());
    }
    if ec2.find_template(&object!({ "LaunchTemplateName": name })).is_some() {
        let message = "Launch template name already in use.";
        return Err(ApiError::new("InvalidLaunchTemplateName.AlreadyExistsException", message).at("LaunchTemplateName"));
    }
    let tags = tags::specified(input, "launch-template")?;
    let id = format!("lt-0{:016x}", cx.draw("launch-template-id"));
    let mut own = Template { name: name.to_string(), created: cx.now(), versions: Map::default(), default: 1, last: 0 };
    own.add(cx.now(), input, Value::Object(input["LaunchTemplateData"].as_object().cloned().unwrap_or_default()));
    ec2.templates.insert(id.clone(), Rc::new(own));
    tags::put(ec2.change_network(cx), &id, tags);
    Ok(object!({ "LaunchTemplate": ec2.templates.get(&id).map(|own| description(ec2, &id, own)) }))
}

/// The data of a new version: what is given, over that of the version it starts from.
fn merged(ec2: &Ec2, id: &str, input: &Value) -> Result<Value, ApiError> {
    let mut merged = match input["SourceVersion"].as_str() {
        None => Value::Object(serde_json::Map::new()),
        Some(version) => {
            let wanted = object!({ "LaunchTemplateId": id, "Version": version });
            let source = ec2.template(&wanted).map(|(_, data)| data.clone());
            source.ok_or_else(|| no_version(id, version).at("SourceVersion"))?
        }
    };
    for (name, value) in input["LaunchTemplateData"].as_object().into_iter().flatten() {
        merged[name] = value.clone();
    }
    Ok(merged)
}

/// The default version stays: another must become it first.
fn delete_versions(id: &str, own: &mut Template, input: &Value) -> Value {
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    for text in input["Versions"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let number = text.parse::<u64>().ok();
        let removed = number.filter(|number| *number != own.default).and_then(|number| own.versions.remove(&number));
        let mut shown = object!({ "LaunchTemplateId": id, "LaunchTemplateName": own.name.as_str() });
        if let Some(number) = number {
            shown["VersionNumber"] = number.into();
        }
        if removed.is_some() {
            gone.push(shown);
            continue;
        }
        let (code, message) = match number == Some(own.default) {
            true => ("unexpectedError", "The default version of a launch template cannot be deleted."),
            false => ("launchTemplateVersionDoesNotExist", "The version does not exist."),
        };
        shown["ResponseError"] = object!({ "Code": code, "Message": message });
        kept.push(shown);
    }
    object!({
        "SuccessfullyDeletedLaunchTemplateVersions": gone,
        "UnsuccessfullyDeletedLaunchTemplateVersions": kept,
    })
}

/// DescribeLaunchTemplates, DescribeLaunchTemplateVersions.
pub fn read(ec2: &Ec2, operation: &str, input: &Value) -> Result<Value, ApiError> {
    if operation == "DescribeLaunchTemplates" {
        return templates(ec2, input);
    }
    let (id, own) = named(ec2, input)?;
    let wanted: Vec<&str> = input["Versions"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let fits =
        |number: &&u64| wanted.is_empty() || wanted.iter().any(|asked| own.number(Some(asked)) == Some(**number));
    let mut found: Vec<Value> = own.versions.keys().filter(fits).map(|number| version(id, own, *number)).collect();
    found.reverse();
    Ok(object!({ "LaunchTemplateVersions": found }))
}

fn templates(ec2: &Ec2, input: &Value) -> Result<Value, ApiError> {
    let mut all: Vec<Value> = ec2.templates.iter().map(|(id, own)| description(ec2, id, own)).collect();
    filter::named(&mut all, input, "LaunchTemplateIds", "LaunchTemplateId", |strays| {
        missing(&object!({ "LaunchTemplateId": strays.first().copied() })).at("LaunchTemplateIds")
    })?;
    filter::named(&mut all, input, "LaunchTemplateNames", "LaunchTemplateName", |_| {
        let message = "At least one of the launch templates specified in the request does not exist.";
        ApiError::new("InvalidLaunchTemplateName.NotFoundException", message).at("LaunchTemplateNames")
    })?;
    filter::keep(&mut all, input, &FILTERS)?;
    filter::paged("LaunchTemplates", all, input, 200)
}

/// The launch template that a request names by id or name.
fn named<'a>(ec2: &'a Ec2, input: &Value) -> Result<(&'a str, &'a Template), ApiError> {
    if input["LaunchTemplateId"].is_string() == input["LaunchTemplateName"].is_string() {
        let message = "The request must name the launch template either by its ID or by its name.";
        return Err(ApiError::new("InvalidParameterCombination", message).at("LaunchTemplateName").in_our_words());
    }
    ec2.find_template(input).ok_or_else(|| missing(input))
}

pub(super) fn missing(named: &Value) -> ApiError {
    if let Some(id) = named["LaunchTemplateId"].as_str() {
        let message = format!("The specified launch template, with template ID {id}, does not exist.");
        return ApiError::new("InvalidLaunchTemplateId.NotFound", message).at("LaunchTemplateId");
    }
    let name = named["LaunchTemplateName"].as_str().unwrap_or_default();
    let message = format!("The specified launch template, with template name {name}, does not exist.");
    ApiError::new("InvalidLaunchTemplateName.NotFoundException", message).at("LaunchTemplateName")
}

fn no_version(id: &str, version: &str) -> ApiError {
    let message = format!("Could not find launch template version {version} of the launch template {id}.");
    ApiError::new("InvalidLaunchTemplateId.VersionNotFound", message).in_our_words()
}

fn description(ec2: &Ec2, id: &str, own: &Template) -> Value {
    let mut shown = object!({
        "LaunchTemplateId": id,
        "LaunchTemplateName": own.name.as_str(),
        "CreateTime": own.created.as_epoch_seconds(),
        "DefaultVersionNumber": own.default,
        "LatestVersionNumber": own.latest(),
    });
    let tags = tags::shown(&ec2.network, id);
    if tags.as_array().is_some_and(|tags| !tags.is_empty()) {
        shown["Tags"] = tags;
    }
    shown
}

fn version(id: &str, own: &Template, number: u64) -> Value {
    let Some(version) = own.versions.get(&number) else { return Value::Null };
    let mut shown = object!({
        "LaunchTemplateId": id,
        "LaunchTemplateName": own.name.as_str(),
        "VersionNumber": number,
        "CreateTime": version.created.as_epoch_seconds(),
        "DefaultVersion": number == own.default,
        "LaunchTemplateData": version.data.clone(),
    });
    if version.description.is_string() {
        shown["VersionDescription"] = version.description.clone();
    }
    shown
}
