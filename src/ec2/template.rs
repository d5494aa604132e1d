//! Launch templates: what Auto Scaling groups launch from.

use super::Ec2;
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::event::Cx;
use crate::sim::SimTime;
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
    /// LaunchTemplateData of each version, from 1 on.
    versions: Vec<Value>,
}

impl Ec2 {
    /// The version that a LaunchTemplateSpecification names, and its data: by id or name, `$Default` without a version.
    pub fn template(&self, named: &Value) -> Option<(u64, &Value)> {
        let (_, own) = self.find_template(named)?;
        let version = match named["Version"].as_str() {
            None | Some("" | "$Default") => 1,
            Some("$Latest") => own.versions.len(),
            Some(number) => number.parse().ok()?,
        };
        Some((version as u64, own.versions.get(version.checked_sub(1)?)?))
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

/// CreateLaunchTemplate, CreateLaunchTemplateVersion, DeleteLaunchTemplate.
pub fn call(ec2: &mut Ec2, cx: &mut Cx<'_>, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let data = || Value::Object(input["LaunchTemplateData"].as_object().cloned().unwrap_or_default());
    if operation == "CreateLaunchTemplate" {
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
            return Err(
                ApiError::new("InvalidLaunchTemplateName.AlreadyExistsException", message).at("LaunchTemplateName")
            );
        }
        let id = format!("lt-0{:016x}", cx.draw("launch-template-id"));
        let own = Template { name: name.to_string(), created: cx.now(), versions: alloc::vec![data()] };
        ec2.templates.insert(id.clone(), Rc::new(own));
        return Ok(object!({ "LaunchTemplate": ec2.templates.get(&id).map(|own| description(&id, own)) }));
    }
    let (id, own) = named(ec2, input)?;
    let (id, shown) = (id.to_string(), description(id, own));
    if operation == "DeleteLaunchTemplate" {
        ec2.templates.remove(&id);
        return Ok(object!({ "LaunchTemplate": shown }));
    }
    let from = input["SourceVersion"].as_str();
    let mut merged = match from {
        None => Value::Object(serde_json::Map::new()),
        Some(version) => {
            let wanted = object!({ "LaunchTemplateId": id.as_str(), "Version": version });
            ec2.template(&wanted).map(|(_, data)| data.clone()).ok_or_else(|| no_version(&id, version))?
        }
    };
    for (name, value) in input["LaunchTemplateData"].as_object().into_iter().flatten() {
        merged[name] = value.clone();
    }
    let Some(own) = ec2.templates.get_mut(&id).map(Rc::make_mut) else { return Err(missing(&id)) };
    own.versions.push(merged);
    Ok(object!({ "LaunchTemplateVersion": version(&id, own, own.versions.len()) }))
}

/// DescribeLaunchTemplates, DescribeLaunchTemplateVersions.
pub fn read(ec2: &Ec2, operation: &str, input: &Value) -> Result<Value, ApiError> {
    let list = |member: &str| -> Vec<&str> {
        input[member].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
    };
    if operation == "DescribeLaunchTemplates" {
        let (ids, names) = (list("LaunchTemplateIds"), list("LaunchTemplateNames"));
        for (member, wanted) in [("LaunchTemplateId", &ids), ("LaunchTemplateName", &names)] {
            if let Some(absent) = wanted.iter().find(|own| {
                ec2.find_template(&crate::aws::object::of(alloc::vec![(member, Value::from(**own))])).is_none()
            }) {
                return Err(missing(absent));
            }
        }
        let wanted = |id: &str, own: &Template| {
            (ids.is_empty() && names.is_empty()) || ids.contains(&id) || names.contains(&own.name.as_str())
        };
        let found = ec2.templates.iter().filter(|(id, own)| wanted(id, own)).map(|(id, own)| description(id, own));
        return Ok(object!({ "LaunchTemplates": found.collect::<Vec<Value>>() }));
    }
    let (id, own) = named(ec2, input)?;
    let wanted = list("Versions");
    let last = own.versions.len();
    let fits = |number: &usize| {
        let names = |asked: &&str| match *asked {
            "$Latest" => *number == last,
            "$Default" => *number == 1,
            other => other.parse() == Ok(*number),
        };
        wanted.is_empty() || wanted.iter().any(names)
    };
    let found: Vec<Value> = (1..=last).rev().filter(fits).map(|number| version(id, own, number)).collect();
    Ok(object!({ "LaunchTemplateVersions": found }))
}

fn named<'a>(ec2: &'a Ec2, input: &Value) -> Result<(&'a str, &'a Template), ApiError> {
    let name = input["LaunchTemplateId"].as_str().or_else(|| input["LaunchTemplateName"].as_str()).unwrap_or_default();
    ec2.find_template(input).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> ApiError {
    if name.starts_with("lt-") {
        let message = format!("The specified launch template, with template ID {name}, does not exist.");
        return ApiError::new("InvalidLaunchTemplateId.NotFound", message).at("LaunchTemplateId");
    }
    let message = "At least one of the launch templates specified in the request does not exist.";
    ApiError::new("InvalidLaunchTemplateName.NotFoundException", message).at("LaunchTemplateName")
}

fn no_version(id: &str, version: &str) -> ApiError {
    let message = format!("Could not find launch template version {version} of the launch template {id}.");
    ApiError::new("InvalidLaunchTemplateId.VersionNotFound", message).at("SourceVersion").in_our_words()
}

fn description(id: &str, own: &Template) -> Value {
    object!({
        "LaunchTemplateId": id,
        "LaunchTemplateName": own.name.as_str(),
        "CreateTime": own.created.as_epoch_seconds(),
        "DefaultVersionNumber": 1,
        "LatestVersionNumber": own.versions.len(),
    })
}

fn version(id: &str, own: &Template, number: usize) -> Value {
    object!({
        "LaunchTemplateId": id,
        "LaunchTemplateName": own.name.as_str(),
        "VersionNumber": number,
        "CreateTime": own.created.as_epoch_seconds(),
        "DefaultVersion": number == 1,
        "LaunchTemplateData": number.checked_sub(1).and_then(|at| own.versions.get(at)).cloned().unwrap_or_default(),
    })
}
