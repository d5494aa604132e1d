//! The proxy of Service Connect as DescribeTasks shows it: a container of its own beside those of the definition, and the
//! attachment that names it, as they were seen.

use super::describe_task::{as_task, attached, own_number};
use super::{Task, TaskStatus};
use crate::aws::object::object;
use crate::event::HexId;
use alloc::format;
use alloc::string::String;
use serde_json::{Map, Value};

/// Adds the proxy to the description of a task.
#[inline(never)]
pub fn add(task: &Task, task_arn: &str, out: &mut Map<String, Value>) {
    let mut digits = own_number(task, "service-connect", 0);
    let mut name = String::from("ecs-service-connect-");
    for _ in 0..5 {
        let at = (digits % 62) as u8;
        digits /= 62;
        name.push(char::from(match at {
            0..10 => b'0' + at,
            10..36 => b'A' + at - 10,
            _ => b'a' + at - 36,
        }));
    }
    let status = as_task(task);
    let arn = task_arn.replace(":task/", ":container/");
    let mut container = object!({
        "containerArn": format!("{arn}/{}", HexId::new(own_number(task, "service-connect", 1)).uuid()),
        "taskArn": task_arn,
        "name": name.clone(),
        "lastStatus": status,
        "networkBindings": Value::Array(alloc::vec![]),
        "networkInterfaces": Value::Array(alloc::vec![]),
        "healthStatus": if status == "RUNNING" { "HEALTHY" } else { "UNKNOWN" },
    });
    if status == "STOPPED" && task.times.started.is_some() {
        container["exitCode"] = Value::from(0);
    }
    if let Some(address) = task.address.as_ref().filter(|_| status == "RUNNING") {
        let interface = object!({
            "attachmentId": HexId::new(own_number(task, "attachment", 0)).uuid(),
            "privateIpv4Address": &**address,
        });
        container["networkInterfaces"] = Value::Array(alloc::vec![interface]);
    }
    let attachment = object!({
        "id": HexId::new(own_number(task, "attachment", 2)).uuid(),
        "type": "ServiceConnect",
        "status": if task.status == TaskStatus::Pending { "PRECREATED" } else { attached(task) },
        "details": Value::Array(alloc::vec![object!({ "name": "ContainerName", "value": name.clone() })]),
    });
    for (member, value) in [("attachments", attachment), ("containers", container)] {
        if let Some(list) = out.get_mut(member).and_then(Value::as_array_mut) {
            list.insert(0, value);
        }
    }
    if let Some(list) = out.get_mut("overrides").and_then(|own| own["containerOverrides"].as_array_mut()) {
        list.insert(0, object!({ "name": name }));
    }
}
