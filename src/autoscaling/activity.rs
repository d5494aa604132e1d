//! Scaling activities: what a group did and why, in AWS's words.

use super::Group;
use crate::aws::object::object;
use crate::event::{Cx, Ec2Id, HexId};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use serde_json::Value;

/// Activities that a group remembers at most; AWS keeps six weeks of them.
const MOST: usize = 1000;

/// One scaling activity.
#[derive(Clone, Debug)]
pub struct Activity {
    /// ActivityId.
    pub id: HexId,
    /// The instance that it is about; none where none was launched.
    pub instance: Option<Ec2Id>,
    /// Whether it launches, or else terminates.
    pub launches: bool,
    /// Description.
    pub description: String,
    /// Cause.
    pub cause: String,
    /// StatusCode.
    pub status: &'static str,
    /// StatusMessage, where something went wrong.
    pub message: String,
    /// Details.
    pub details: String,
    /// StartTime.
    pub started: SimTime,
    /// EndTime.
    pub ended: Option<SimTime>,
}

/// Begins an activity. With a message it has failed at once, by that status.
pub fn begin(
    group: &mut Group,
    cx: &mut Cx<'_>,
    instance: Option<(Ec2Id, &str, &str)>,
    launches: bool,
    cause: String,
    over: Option<(&'static str, String)>,
) {
    let verb = if launches { "Launching a new EC2 instance" } else { "Terminating EC2 instance" };
    let description = match (instance, &over) {
        (Some((id, ..)), _) => format!("{verb}: {id}"),
        (None, Some((_, message))) if !launches => message.clone(),
        (None, _) => format!("{verb}.  Status Reason: {}", over.as_ref().map_or("", |(_, message)| message)),
    };
    let details = instance.map_or(String::from("{}"), |(_, zone, subnet)| {
        format!("{{\"Subnet ID\":\"{subnet}\",\"Availability Zone\":\"{zone}\"}}")
    });
    let (status, message) = over.unwrap_or(("InProgress", String::new()));
    if group.activities.len() >= MOST {
        group.activities.remove(0);
    }
    let (id, now) = (HexId::new(cx.draw_wide("activity-id")), cx.now());
    let ended = (status != "InProgress").then_some(now);
    let instance = instance.map(|(id, ..)| id);
    group.activities.push(Activity {
        id,
        instance,
        launches,
        description,
        cause,
        status,
        message,
        details,
        started: now,
        ended,
    });
}

/// The latest activity about an instance takes another status; unless it is over.
pub fn goes_on(group: &mut Group, now: SimTime, instance: Ec2Id, status: &'static str) {
    let own = group.activities.iter_mut().rfind(|own| own.instance == Some(instance) && own.ended.is_none());
    if let Some(own) = own {
        own.status = status;
        own.ended = (status == "Successful").then_some(now);
    }
}

/// As DescribeScalingActivities shows it.
pub fn description(group: &Group, own: &Activity) -> Value {
    let mut value = object!({
        "ActivityId": own.id.uuid(),
        "AutoScalingGroupName": group.name.as_str(),
        "AutoScalingGroupARN": group.arn.as_str(),
        "Description": own.description.as_str(),
        "Cause": own.cause.as_str(),
        "StartTime": own.started.as_epoch_seconds(),
        "StatusCode": own.status,
        "Progress": match own.status { "InProgress" => 50, "MidLifecycleAction" => 60, _ => 100 },
        "Details": own.details.as_str(),
    });
    if let Some(ended) = own.ended {
        value["EndTime"] = Value::from(ended.as_epoch_seconds());
    }
    if !own.message.is_empty() {
        value["StatusMessage"] = Value::from(own.message.as_str());
    }
    value
}

/// A moment as the causes name it: whole seconds.
pub fn moment(at: SimTime) -> String {
    let text = at.to_string();
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text,
    }
}
