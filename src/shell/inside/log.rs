//! The log of a session of ECS Exec (8.6): what was typed and printed, as the agent in the container leaves it.
//!
//! ```text
//! execute-command ─► may it be logged as it has to be? ─► the session ─► exit ─► PutObject; CreateLogStream, PutLogEvents
//! ```
//!
//! The agent calls AWS in the task's role, through the lab's door like everybody. It sends what the program `script` of the
//! image makes of the session, when the session is over, and keeps to itself what goes wrong: the lab says it beside the
//! session. Sources: the developer guide (ecs-exec-logging); the code of amazon-ssm-agent (session plugins), read 2026-11-22.

use super::Container;
use crate::aws::object::object;
use crate::ecs::exec_agent::{SessionLog, session_log};
use crate::ecs::{Task, reach, roles};
use crate::iam::Need;
use crate::lab::{ApiCall, Command, Lab};
use crate::shell::terminal::{LONGEST, Output};
use crate::sim::SimTime;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use serde_json::Value;

/// As long as one log event of the agent is, in bytes, and as its lines are kept together.
const EVENT: usize = 200_000;

/// As much of a session as the lab keeps, in bytes; what goes round it fits into one object as well.
const MOST: usize = LONGEST - 1024;

const GROUP_OPEN: &str = "We couldn't start the session because encryption is not set up on the selected CloudWatch Logs log \
     group. Either encrypt the log group or choose an option to enable logging without encryption.";

/// A session, and what was typed and printed in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: String,
    text: String,
}

impl Session {
    /// A session in which nothing happened yet.
    pub fn new(id: &str) -> Self {
        Self { id: id.to_string(), text: String::new() }
    }

    /// What was typed and printed so far.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Notes a text.
    pub fn note(&mut self, text: &str) {
        if self.text.len() + text.len() <= MOST {
            self.text.push_str(text);
        }
    }

    /// Notes what was printed. A terminal shows both streams as they come; what the lab says is no part of them and is
    /// given back.
    pub fn hear(&mut self, output: &Output) -> String {
        let mut told = String::new();
        for (_, text) in output.pieces() {
            for line in text.split_inclusive('\n') {
                if line.starts_with("lab: ") { told.push_str(line) } else { self.note(line) }
            }
        }
        told
    }
}

/// The task of a container, and where sessions in it are logged.
fn place<'a>(lab: &'a Lab, container: &Container) -> Option<(&'a Task, SessionLog)> {
    let ecs = lab.world().ecs();
    let task = ecs.task(container.task?)?;
    Some((task, session_log(ecs, task, &container.name)))
}

/// Why the agent begins no session in a container: its log has to be encrypted, and the agent does not see that it is.
pub fn refusal(lab: &Lab, container: &Container) -> Option<String> {
    let (task, log) = place(lab, container)?;
    let ecs = lab.world().ecs();
    if let Some(group) = log.group.as_deref().filter(|_| log.encrypts_group)
        && !has_key(lab, &roles::task_caller(ecs, task)?, group)
    {
        return Some(GROUP_OPEN.to_string());
    }
    let bucket = log.bucket.as_deref().filter(|_| log.encrypts_bucket)?;
    // Every bucket is encrypted by itself since 2023: what can be missing is the permission to see it.
    let arn = format!("arn:{}:s3:::{bucket}", lab.world().options().account.partition());
    let need = Need::new("s3:GetEncryptionConfiguration", arn);
    let why = roles::task_may(ecs, task, lab.now(), &need).err()?.unwrap_or_default();
    Some(format!(
        "Couldn't start the session because we are unable to validate encryption on Amazon S3 bucket. Error: AccessDenied: {why}\n\
         \tstatus code: 403"
    ))
}

/// Whether a caller sees that a log group has a key.
fn has_key(lab: &Lab, caller: &str, group: &str) -> bool {
    let call = ApiCall::new("logs", "DescribeLogGroups", object!({ "logGroupNamePrefix": group })).by(caller);
    let found = lab.read(&call).unwrap_or_default();
    let mut all = found["logGroups"].as_array().into_iter().flatten();
    all.any(|own| own["logGroupName"] == group && own["kmsKeyId"].is_string())
}

/// The agent logs a session that is over. What of it does not arrive, the lab tells in lines of its own.
pub fn keep(lab: &mut Lab, container: &Container, session: &Session) -> String {
    let Some((task, log)) = place(lab, container) else { return String::new() };
    let ecs = lab.world().ecs();
    let Some(caller) = roles::task_caller(ecs, task) else { return String::new() };
    if log.group.is_none() && log.bucket.is_none() {
        return String::new();
    }
    if container.is_slim() {
        return "lab: this session is not logged: its image has no script, the program of util-linux that the agent needs for it\n"
            .to_string();
    }
    let (no_way_to_s3, no_way_to_logs) = (reach::misses(ecs, task, "s3"), reach::misses(ecs, task, "logs"));
    let now = lab.now();
    let (text, mut told) = (script(&session.text, now), String::new());
    let mut ask = |service: &str, operation: &str, input: Value| {
        let call = ApiCall::new(service, operation, input).by(&caller);
        lab.apply(Command::Api(call)).map_err(|error| format!("{}: {}", error.code, error.message))
    };
    let no_way = || Err("its task has no way there".to_string());
    if let Some(bucket) = &log.bucket {
        let prefix = log.prefix.trim_matches('/');
        let slash = if prefix.is_empty() { "" } else { "/" };
        let key = format!("{prefix}{slash}{}.log", session.id);
        let put = object!({ "Bucket": bucket.as_str(), "Key": key, "Body": text.as_str() });
        let done = if no_way_to_s3 { no_way() } else { ask("s3", "PutObject", put).map(|_| ()) };
        told += &done.err().map(|why| lost(&format!("bucket {bucket}"), &why)).unwrap_or_default();
    }
    if let Some(group) = &log.group {
        let stream = || object!({ "logGroupName": group.as_str(), "logStreamName": session.id.as_str() });
        let mut send = || {
            ask("logs", "CreateLogStream", stream())?;
            for message in events(&text) {
                let mut put = stream();
                put["logEvents"] = alloc::vec![object!({ "timestamp": now.as_millis(), "message": message })].into();
                ask("logs", "PutLogEvents", put)?;
            }
            Ok(())
        };
        let done = if no_way_to_logs { no_way() } else { send() };
        told += &done.err().map(|why| lost(&format!("log group {group}"), &why)).unwrap_or_default();
    }
    told
}

fn lost(place: &str, why: &str) -> String {
    format!("lab: this session is not logged in {place}: {why}\n")
}

/// What `script` writes that prints the session once it is over.
fn script(text: &str, at: SimTime) -> String {
    let at = at.to_string();
    let at = at.get(..19).unwrap_or(&at).replacen('T', " ", 1) + "+00:00";
    format!(
        "Script started on {at} [<not executed on terminal>]\n{text}\nScript done on {at} [COMMAND_EXIT_CODE=\"0\"]\n"
    )
}

/// The events that hold a text: its lines, as many as fit.
fn events(text: &str) -> Vec<String> {
    let mut all = Vec::from([String::new()]);
    for mut line in text.trim_end_matches('\n').split_inclusive('\n') {
        while !line.is_empty() {
            let room = EVENT - all.last().map_or(0, String::len);
            if line.len() > room && room < EVENT {
                all.push(String::new());
                continue;
            }
            let end = (0..=line.len().min(EVENT)).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
            let (part, rest) = line.split_at(end);
            if let Some(last) = all.last_mut() {
                last.push_str(part);
            }
            line = rest;
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn lines_are_kept_together_in_events_of_200_000_bytes() {
        for (text, lengths) in [
            ("", vec![0]),
            ("one\n", vec![3]),
            ("one\ntwo\n\n", vec![7]),
            (&format!("{}\n{}", "a".repeat(150_000), "b".repeat(60_000)), vec![150_001, 60_000]),
            (&"a".repeat(450_000), vec![200_000, 200_000, 50_000]),
            (&"ä".repeat(100_001), vec![200_000, 2]),
            (&format!("a{}", "ä".repeat(100_000)), vec![199_999, 2]),
        ] {
            let all = events(text);
            assert_eq!(all.iter().map(String::len).collect::<Vec<_>>(), lengths, "{} bytes", text.len());
            assert_eq!(all.concat(), text.trim_end_matches('\n'));
        }
    }

    #[test]
    fn a_session_keeps_no_more_than_an_object_holds() {
        let mut session = Session::new("ecs-execute-command-0");
        for _ in 0..20 {
            session.note(&"a".repeat(100_000));
        }
        assert_eq!(session.text().len(), 1_000_000);
        assert!(script(session.text(), SimTime::from_millis(0)).len() <= LONGEST);
        assert_eq!(session.hear(&Output::print("seen\nlab: said\n")), "lab: said\n");
        assert!(session.text().ends_with("aseen\n"));
    }
}
