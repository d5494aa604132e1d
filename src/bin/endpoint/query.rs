//! The Query protocols, answered in XML: EC2 as the lab simulates it, and STS's question who asks.
//!
//! Names on the wire follow rules with few exceptions: a list's items are numbered under its name without the plural,
//! and an answer's members begin with a small letter; what differs stands in [`OTHER_NAMES`]. Derived from the ec2
//! service model of botocore 1.44.5, Copyright Amazon.com, Inc. or its affiliates, licensed under Apache-2.0.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io;

use ecs_lab::aws::ApiError;
use ecs_lab::aws::arn::Account;
use ecs_lab::aws::model::{self, Kind, Member, Shape};
use ecs_lab::sim::SimTime;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};
use serde_json::{Map, Value};

use crate::answer::{Answer, code};
use crate::request::{Request, call, caller_identity, not_here, run};
use crate::worlds::Worlds;

type Parameters<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

/// EC2's members that have another name in answers than their own with a small first letter.
const OTHER_NAMES: [(&str, &str); 9] = [
    ("Groups", "groupSet"),
    ("Instances", "instancesSet"),
    ("Reservations", "reservationSet"),
    ("SecurityGroups", "groupSet"),
    ("StartingInstances", "instancesSet"),
    ("State", "instanceState"),
    ("StateTransitionReason", "reason"),
    ("StoppingInstances", "instancesSet"),
    ("Tags", "tagSet"),
];

/// Answers a form.
pub fn answer(worlds: &mut Worlds, request: &Request, service: &str, id: String) -> Answer {
    let parameters: Parameters<'_> = form_urlencoded::parse(&request.body).collect();
    let action = parameters.get("Action").map_or("", |action| action.as_ref());
    let result = match (service, action) {
        ("sts", "GetCallerIdentity") => Ok(caller_identity(&Account::default().id)),
        ("ec2", _) if model::operation("ec2", action).is_some() => input(action, &parameters)
            .and_then(|input| call("ec2", action, input))
            .and_then(|call| run(worlds, request.region(), call)),
        ("ec2", _) => {
            let why = format!("The action {action} is not valid for this web service.");
            Err(ApiError::new("InvalidAction", why))
        }
        _ => Err(not_here(service, action)),
    };
    let status = if result.is_ok() { 200 } else { 400 };
    let body = write(service, action, &result, &id).unwrap_or_default();
    Answer { status, content_type: "text/xml;charset=UTF-8", request_id: id, body }
}

/// The input that a form spells out.
fn input(action: &str, parameters: &Parameters<'_>) -> Result<Value, ApiError> {
    let shape = model::operation("ec2", action).map(|operation| operation.input);
    let value = shape.and_then(|shape| read(shape, "", parameters));
    Ok(value.unwrap_or_else(|| Value::Object(Map::new())))
}

/// The value under a prefix; none where the form says nothing.
fn read(shape: Shape, prefix: &str, parameters: &Parameters<'_>) -> Option<Value> {
    let below = |name: &str| if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") };
    match shape.kind() {
        Kind::Structure { members, .. } => {
            let member = |member: &Member| {
                let value = read(member.shape, &below(&asked(member)), parameters)?;
                Some((member.name.to_string(), value))
            };
            let map: Map<String, Value> = members.iter().filter_map(member).collect();
            (!map.is_empty() || prefix.is_empty()).then_some(Value::Object(map))
        }
        Kind::List { item, .. } => {
            let items = (1..).map_while(|number: usize| read(*item, &below(&number.to_string()), parameters));
            let list: Vec<Value> = items.collect();
            (!list.is_empty()).then_some(Value::Array(list))
        }
        Kind::Integer(_) | Kind::Long(_) | Kind::Double(_) => {
            let text = parameters.get(prefix)?;
            Some(text.parse::<i64>().map_or_else(|_| Value::from(text.as_ref()), Value::from))
        }
        Kind::Boolean => {
            let text = parameters.get(prefix)?;
            Some(text.parse::<bool>().map_or_else(|_| Value::from(text.as_ref()), Value::from))
        }
        // Given or not is all that counts.
        Kind::Unsimulated => {
            let start = below("");
            let given = parameters.keys().any(|name| *name == prefix || name.starts_with(start.as_str()));
            given.then_some(Value::Bool(true))
        }
        _ => parameters.get(prefix).map(|text| Value::from(text.as_ref())),
    }
}

/// A member's name in a form.
fn asked(member: &Member) -> Cow<'static, str> {
    match member.shape.kind() {
        Kind::List { .. } => Cow::Borrowed(member.name.strip_suffix('s').unwrap_or(member.name)),
        _ => Cow::Borrowed(member.name),
    }
}

/// A member's name in an answer.
fn answered(name: &str) -> Cow<'static, str> {
    if let Some((_, other)) = OTHER_NAMES.iter().find(|(own, _)| *own == name) {
        return Cow::Borrowed(other);
    }
    let mut letters = name.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    Cow::Owned(first.into_iter().chain(letters).collect())
}

type Xml = Writer<Vec<u8>>;

fn write(service: &str, action: &str, result: &Result<Value, ApiError>, id: &str) -> io::Result<Vec<u8>> {
    let mut xml = Writer::new(Vec::new());
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    match (result, service) {
        (Ok(value), "ec2") => {
            let shape = model::operation("ec2", action).map(|operation| operation.output);
            let root = format!("{action}Response");
            let namespace = ("xmlns", "http://ec2.amazonaws.com/doc/2016-11-15/");
            xml.create_element(root).with_attribute(namespace).write_inner_content(|xml| {
                text(xml, "requestId", id)?;
                shape.map_or(Ok(()), |shape| members(xml, shape, value))
            })?;
        }
        (Err(error), "ec2") => {
            xml.create_element("Response").write_inner_content(|xml| {
                xml.create_element("Errors").write_inner_content(|xml| {
                    xml.create_element("Error").write_inner_content(|xml| {
                        text(xml, "Code", code(error))?;
                        text(xml, "Message", &error.message)
                    })?;
                    Ok(())
                })?;
                text(xml, "RequestID", id)
            })?;
        }
        (Ok(value), _) => {
            let namespace = ("xmlns", "https://sts.amazonaws.com/doc/2011-06-15/");
            xml.create_element(format!("{action}Response")).with_attribute(namespace).write_inner_content(|xml| {
                xml.create_element(format!("{action}Result")).write_inner_content(|xml| {
                    let given = value.as_object().into_iter().flatten();
                    given
                        .filter_map(|(name, value)| Some((name, value.as_str()?)))
                        .try_for_each(|(name, value)| text(xml, name, value))
                })?;
                metadata(xml, id)
            })?;
        }
        (Err(error), _) => {
            xml.create_element("ErrorResponse").write_inner_content(|xml| {
                xml.create_element("Error").write_inner_content(|xml| {
                    text(xml, "Type", "Sender")?;
                    text(xml, "Code", code(error))?;
                    text(xml, "Message", &error.message)
                })?;
                text(xml, "RequestId", id)
            })?;
        }
    }
    Ok(xml.into_inner())
}

fn metadata(xml: &mut Xml, id: &str) -> io::Result<()> {
    xml.create_element("ResponseMetadata").write_inner_content(|xml| text(xml, "RequestId", id))?;
    Ok(())
}

fn text(xml: &mut Xml, name: &str, value: &str) -> io::Result<()> {
    xml.create_element(name).write_text_content(BytesText::new(value))?;
    Ok(())
}

/// The members of a structure that are there, in the model's order.
fn members(xml: &mut Xml, shape: Shape, value: &Value) -> io::Result<()> {
    for member in shape.members() {
        let value = &value[member.name];
        if !value.is_null() {
            element(xml, &answered(member.name), member.shape, value)?;
        }
    }
    Ok(())
}

fn element(xml: &mut Xml, name: &str, shape: Shape, value: &Value) -> io::Result<()> {
    match (shape.kind(), value) {
        (Kind::Structure { .. }, _) => {
            xml.create_element(name).write_inner_content(|xml| members(xml, shape, value))?;
        }
        (Kind::List { item, .. }, Value::Array(list)) => {
            xml.create_element(name)
                .write_inner_content(|xml| list.iter().try_for_each(|value| element(xml, "item", *item, value)))?;
        }
        (Kind::Timestamp, Value::Number(seconds)) => {
            let millis = seconds.as_f64().unwrap_or_default() * 1000.0;
            text(xml, name, &SimTime::from_millis(millis as i64).to_string())?;
        }
        (_, Value::String(own)) => text(xml, name, own)?,
        (_, other) => text(xml, name, &other.to_string())?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::Clock;

    fn post(worlds: &mut Worlds, service: &str, form: &str) -> (u16, String) {
        let authorization = format!("AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-west-1/{service}/aws4_request");
        let request = Request { authorization, body: form.into(), ..Request::default() };
        let answer = answer(worlds, &request, service, "id".into());
        (answer.status, String::from_utf8(answer.body).unwrap())
    }

    #[test]
    fn ec2_launches_and_describes_in_its_own_names() {
        let mut worlds = Worlds::new(Clock::Settles, 1);
        let form = "Action=RunInstances&Version=2016-11-15&ImageId=ami-0ec51ab0&InstanceType=t3.micro&MinCount=1&MaxCount=2\
                    &Placement.AvailabilityZone=eu-west-1b&TagSpecification.1.ResourceType=instance\
                    &TagSpecification.1.Tag.1.Key=a&TagSpecification.1.Tag.1.Value=b";
        let (status, body) = post(&mut worlds, "ec2", form);
        assert_eq!(status, 200, "{body}");
        assert!(body.contains("<RunInstancesResponse xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"), "{body}");
        let (_, body) = post(&mut worlds, "ec2", "Action=DescribeInstances&Version=2016-11-15");
        for part in [
            "<reservationSet><item>",
            "<instancesSet><item>",
            "<instanceState><code>16</code><name>running</name></instanceState>",
            "<placement><availabilityZone>eu-west-1b</availabilityZone></placement>",
            "<instanceType>t3.micro</instanceType>",
        ] {
            assert!(body.contains(part), "{part} is not in {body}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_in_the_protocols_form() {
        let mut worlds = Worlds::new(Clock::Settles, 1);
        let (status, body) = post(&mut worlds, "ec2", "Action=StopInstances&InstanceId.1=i-0000000000000000f");
        assert_eq!(status, 400);
        assert!(body.contains("<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code>"), "{body}");
        let (_, body) = post(&mut worlds, "ec2", "Action=Fly");
        assert!(body.contains("<Code>InvalidAction</Code>"), "{body}");
        let (_, body) = post(&mut worlds, "sts", "Action=GetCallerIdentity&Version=2011-06-15");
        assert!(body.contains("<Arn>arn:aws:iam::123456789012:user/learner</Arn>"), "{body}");
        let (status, body) = post(&mut worlds, "iam", "Action=CreateUser&UserName=<x>");
        assert!(
            status == 400 && body.contains("<Message>ECS Lab does not simulate iam CreateUser.</Message>"),
            "{body}"
        );
    }
}
