//! DescribeInstanceStatus: the two checks of an instance, which pass some minutes after it started.

use super::call::instance_ids;
use super::describe_instances::state_value;
use super::{Ec2, Instance, State, filter, timing};
use crate::aws::ApiError;
use crate::aws::object::object;
use crate::sim::{SimTime, order};
use alloc::string::ToString;
use alloc::vec::Vec;
use serde_json::Value;

const FILTERS: [(&str, &str); 7] = [
    ("availability-zone", "AvailabilityZone"),
    ("instance-state-code", "InstanceState.Code"),
    ("instance-state-name", "InstanceState.Name"),
    ("instance-status.reachability", "InstanceStatus.Details.Status"),
    ("instance-status.status", "InstanceStatus.Status"),
    ("system-status.reachability", "SystemStatus.Details.Status"),
    ("system-status.status", "SystemStatus.Status"),
];

/// DescribeInstanceStatus. Without `IncludeAllInstances` only running instances are shown.
pub(super) fn read(ec2: &Ec2, now: SimTime, input: &Value) -> Result<Value, ApiError> {
    let wanted = instance_ids(ec2, input)?;
    let every = input["IncludeAllInstances"] == true;
    let asked =
        |own: &&Instance| (wanted.is_empty() || wanted.contains(&own.id)) && (every || own.state == State::Running);
    let mut found: Vec<&Instance> = ec2.iter().filter(asked).collect();
    order::sort_by_key(&mut found, |own| own.number);
    let mut all = found.into_iter().map(|own| shown(own, now)).collect();
    filter::keep(&mut all, input, &FILTERS)?;
    filter::paged("InstanceStatuses", all, input, 1000)
}

fn shown(own: &Instance, now: SimTime) -> Value {
    let summary = || match own.state {
        State::Running if now >= own.launched_at + timing::BOOT + timing::CHECKS => ("ok", "passed"),
        State::Running | State::Pending => ("initializing", "initializing"),
        _ => ("not-applicable", ""),
    };
    let check = || {
        let (status, reachability) = summary();
        let mut check = object!({ "Status": status });
        if !reachability.is_empty() {
            let detail = object!({ "Name": "reachability", "Status": reachability });
            check["Details"] = Value::Array(alloc::vec![detail]);
        }
        check
    };
    object!({
        "AvailabilityZone": own.zone.as_str(),
        "InstanceId": own.id.to_string(),
        "InstanceState": state_value(own.state),
        "InstanceStatus": check(),
        "SystemStatus": check(),
    })
}
