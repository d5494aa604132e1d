//! The Query protocols: a form in, XML out.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Bound;

use ecs_lab::aws::model::{self, Kind, Member, Shape};
use ecs_lab::aws::{ApiError, wire::code};
use ecs_lab::sim::SimTime;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::request::{Request, call, run};
use crate::wire::{self, Wire};
use crate::worlds::Worlds;
use crate::xml;

/// Answers a form.
pub fn answer(worlds: &mut Worlds, request: &Request, id: String) -> Answer {
    let parameters: Form<'_> = form_urlencoded::parse(&request.body).collect();
    let parameter = |name: &str| parameters.get(name).map_or("", |value| value.as_ref());
    let action = parameter("Action");
    let wire = speaker(request.signed_for(), parameter("Version"));
    let result = match wire {
        Some(wire) if model::knows(wire.service, action) => {
            let input = model::operation(wire.service, action)
                .and_then(|operation| Reader { wire, parameters: &parameters }.read(operation.input, ""));
            call(wire.service, action, input.unwrap_or_else(|| Value::Object(Map::new())))
                .and_then(|call| run(worlds, request, call))
        }
        Some(wire) => Err(ApiError::new("InvalidAction", no_action(wire, action))),
        None => Err(ApiError::not_simulated(&format!("{} {action}", request.signed_for()))),
    };
    let service = wire.map_or("", |wire| wire.service);
    let (status, body) = match (&result, wire) {
        (Ok(value), Some(wire)) => (200, xml::answer(wire, action, value, &id)),
        (Ok(_), None) => (200, Ok(Vec::new())),
        (Err(error), _) => {
            let code = code(error, service);
            let own = wire.and_then(|wire| wire.refusal(code));
            (own.map_or(400, |refusal| refusal.status), xml::refusal(wire, code, error, &id))
        }
    };
    let content_type = if wire.is_some_and(|wire| wire.ec2) { "text/xml;charset=UTF-8" } else { "text/xml" };
    Answer { status, content_type, request_id: id, query_error: None, body: body.unwrap_or_default() }
}

/// The service that a form is for: by the name it was signed with, of an unsigned one by the date of the API. The
/// classic load balancers, which share a name with the others, are another service.
fn speaker(signed: &str, version: &str) -> Option<&'static Wire> {
    let named = match signed {
        "" => wire::all().iter().find(|wire| wire.version == version),
        "elasticloadbalancing" => wire::of("elbv2"),
        "monitoring" => wire::of("cloudwatch"),
        other => wire::of(other),
    };
    named.filter(|wire| signed != "elasticloadbalancing" || version.is_empty() || wire.version == version)
}

fn no_action(wire: &Wire, action: &str) -> String {
    if wire.ec2 {
        format!("The action {action} is not valid for this web service.")
    } else {
        format!("Could not find operation {action} for version {}", wire.version)
    }
}

type Form<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

/// Reads a form by the shape of its input, as a request in JSON would carry it.
struct Reader<'a> {
    wire: &'static Wire,
    parameters: &'a Form<'a>,
}

impl Reader<'_> {
    /// The value under a prefix; none where the form says nothing.
    fn read(&self, shape: Shape, prefix: &str) -> Option<Value> {
        if !self.speaks_of(prefix) {
            return None;
        }
        match shape.kind() {
            Kind::Structure { members, .. } => {
                let member = |member: &Member| {
                    let name = self.wire.asked(shape.name(), member.name);
                    Some((member.name.to_string(), self.read(member.shape, &below(prefix, &name))?))
                };
                let map: Map<String, Value> = members.iter().filter_map(member).collect();
                Some(Value::Object(map))
            }
            Kind::List { item, .. } => {
                let within = if self.wire.ec2 {
                    prefix.to_string()
                } else {
                    below(prefix, self.wire.part("member", shape.name()))
                };
                let items = (1..).map_while(|number: usize| self.read(*item, &below(&within, &number.to_string())));
                Some(Value::Array(items.collect()))
            }
            Kind::Map { key, value } => {
                let (own, part) = (self.wire.part("key", shape.name()), self.wire.part("value", shape.name()));
                let entries = (1..).map_while(|number: usize| {
                    let entry = below(prefix, &format!("entry.{number}"));
                    let key = self.read(*key, &below(&entry, own))?;
                    let value = self.read(*value, &below(&entry, part)).unwrap_or(Value::Null);
                    Some((key.as_str().unwrap_or_default().to_string(), value))
                });
                Some(Value::Object(entries.collect()))
            }
            // Given or not is all that counts.
            Kind::Unsimulated => Some(Value::Bool(true)),
            kind => self.parameters.get(prefix).map(|text| scalar(kind, text)),
        }
    }

    /// Whether the form names the prefix or anything below it.
    fn speaks_of(&self, prefix: &str) -> bool {
        let start = below(prefix, "");
        let from = (Bound::Included(start.as_str()), Bound::Unbounded);
        let next = self.parameters.range::<str, _>(from).next();
        prefix.is_empty()
            || self.parameters.contains_key(prefix)
            || next.is_some_and(|(name, _)| name.starts_with(&start))
    }
}

/// A text as a value of its kind; one that is none stays, and is refused as a value of the wrong type.
fn scalar(kind: &Kind, text: &str) -> Value {
    let parsed = match kind {
        Kind::Integer(_) | Kind::Long(_) => text.parse::<i64>().map(Value::from).ok(),
        Kind::Double(_) => text.parse::<f64>().ok().filter(|own| own.is_finite()).map(Value::from),
        Kind::Boolean => text.parse::<bool>().map(Value::from).ok(),
        Kind::Timestamp => SimTime::parse(text).map(seconds).ok(),
        _ => None,
    };
    parsed.unwrap_or_else(|| Value::from(text))
}

fn seconds(time: SimTime) -> Value {
    let millis = time.as_millis();
    if millis % 1000 == 0 { Value::from(millis / 1000) } else { Value::from(millis as f64 / 1000.0) }
}

fn below(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_string() } else { format!("{prefix}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::Clock;

    fn post(worlds: &mut Worlds, service: &str, form: &str) -> (u16, String) {
        let authorization = format!("AWS4-HMAC-SHA256 Credential=AKID/20261121/eu-west-1/{service}/aws4_request");
        let request = Request { authorization, body: form.into(), ..Request::default() };
        let answer = answer(worlds, &request, "id".into());
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
        let (_, body) = post(&mut worlds, "ec2", "Action=RunInstances&InstanceType=t3.micro&MaxCount=1");
        let told = "<Code>MissingParameter</Code><Message>The request must contain the parameter MinCount</Message>";
        assert!(body.contains(told), "{body}");
        let (_, body) = post(&mut worlds, "ec2", "Action=Fly");
        assert!(body.contains("<Code>InvalidAction</Code>"), "{body}");
        let (_, body) = post(&mut worlds, "sts", "Action=GetCallerIdentity&Version=2011-06-15");
        assert!(body.contains("<Arn>arn:aws:iam::123456789012:user/learner</Arn>"), "{body}");
        let (status, body) = post(&mut worlds, "iam", "Action=EnableMFADevice");
        assert!(
            status == 400 && body.contains("<Message>ECS Lab does not simulate EnableMFADevice.</Message>"),
            "{body}"
        );
    }

    #[test]
    fn a_form_goes_to_the_service_it_was_signed_or_dated_for() {
        for (signed, version, expected) in [
            ("iam", "2010-05-08", Some("iam")),
            ("monitoring", "2010-08-01", Some("cloudwatch")),
            ("elasticloadbalancing", "2015-12-01", Some("elbv2")),
            ("elasticloadbalancing", "2012-06-01", None),
            ("", "2011-06-15", Some("sts")),
            ("", "", None),
            ("s3", "2011-06-15", None),
        ] {
            assert_eq!(speaker(signed, version).map(|wire| wire.service), expected, "{signed} {version}");
        }
        let mut worlds = Worlds::new(Clock::Settles, 1);
        let (status, body) =
            post(&mut worlds, "elasticloadbalancing", "Action=DescribeLoadBalancers&Version=2012-06-01");
        assert!(
            status == 400 && body.contains("does not simulate elasticloadbalancing DescribeLoadBalancers"),
            "{body}"
        );
        let (_, body) = post(&mut worlds, "iam", "Action=Fly&Version=2010-05-08");
        assert!(body.contains("<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\">"), "{body}");
        assert!(body.contains("Could not find operation Fly for version 2010-05-08"), "{body}");
    }
}
