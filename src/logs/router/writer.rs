//! How a router makes its groups and streams, in the role of its task.

use super::conf::Section;
use super::output::{self, Place, Plugin};
use super::voice::Voice;
use crate::aws::arn::Account;
use crate::ecs::{Task, reach, roles};
use crate::event::Cx;
use crate::iam::Need;
use crate::logs::{Group, Logs, Stream, groups, tell};
use crate::rooms::Rooms;
use alloc::format;
use alloc::vec::Vec;

/// A router that makes its groups and streams.
pub struct Writer<'a> {
    pub rooms: &'a Rooms,
    pub account: &'a Account,
    /// The router's task.
    pub router: &'a Task,
}

impl Writer<'_> {
    /// Makes the stream of an output and what it needs, as its plugin does; whether events can go there.
    pub fn make(&self, logs: &mut Logs, cx: &mut Cx<'_>, output: &Section, place: &Place, voice: &mut Voice) -> bool {
        let Some(plugin) = output::plugin(output) else { return false };
        if !place.is_valid() {
            voice.invalid(place);
            return false;
        }
        if reach::misses(&self.rooms.ecs, self.router, "logs") {
            voice.unreached(&self.account.region);
            return false;
        }
        let made = match plugin {
            Plugin::Core => self.core(logs, cx, output, place, voice),
            Plugin::Go => self.go(logs, cx, output, place, voice),
            Plugin::Fluentd => self.fluentd(logs, cx, output, place, voice),
        };
        made.is_some() && self.may(cx, "PutLogEvents", place, voice).is_some()
    }

    /// Fluent Bit's own plugin asks for the stream first.
    fn core(&self, logs: &mut Logs, cx: &mut Cx<'_>, output: &Section, place: &Place, voice: &mut Voice) -> Option<()> {
        voice.creates_stream(place);
        self.may(cx, "CreateLogStream", place, voice)?;
        if !logs.groups.contains_key(&place.group) {
            if !output::makes(output, Plugin::Core).0 {
                voice.no_group(place);
                return None;
            }
            voice.creates_group(place);
            self.group(logs, cx, output, place, voice)?;
            voice.creates_stream(place);
        }
        stream(logs, cx, place, voice)
    }

    /// The older plugin asks for the group first, even if it is there.
    fn go(&self, logs: &mut Logs, cx: &mut Cx<'_>, output: &Section, place: &Place, voice: &mut Voice) -> Option<()> {
        let (makes_group, makes_stream) = output::makes(output, Plugin::Go);
        match (makes_group, logs.groups.contains_key(&place.group)) {
            (true, false) => self.group(logs, cx, output, place, voice)?,
            (true, true) => self.may(cx, "CreateLogGroup", place, voice)?,
            _ => {}
        }
        self.may(cx, "DescribeLogStreams", place, voice)?;
        self.may(cx, "CreateLogStream", place, voice).filter(|()| makes_stream)?;
        if !logs.groups.contains_key(&place.group) {
            voice.no_group(place);
            return None;
        }
        stream(logs, cx, place, voice)
    }

    /// Fluentd makes both or none.
    fn fluentd(
        &self,
        logs: &mut Logs,
        cx: &mut Cx<'_>,
        output: &Section,
        place: &Place,
        voice: &mut Voice,
    ) -> Option<()> {
        let (makes, _) = output::makes(output, Plugin::Fluentd);
        self.may(cx, "DescribeLogStreams", place, voice)?;
        let group = logs.groups.get(&place.group);
        match (group.is_some(), group.is_some_and(|own| own.streams.contains_key(&place.stream)), makes) {
            (_, true, _) => return Some(()),
            (false, _, false) => voice.no_group(place),
            (true, false, false) => voice.no_stream(place),
            (is_there, false, true) => {
                if !is_there {
                    self.group(logs, cx, output, place, voice)?;
                }
                self.may(cx, "CreateLogStream", place, voice)?;
                return stream(logs, cx, place, voice);
            }
        }
        None
    }

    /// Whether the router's role may do something.
    fn may(&self, cx: &Cx<'_>, action: &'static str, place: &Place, voice: &mut Voice) -> Option<()> {
        let Account { region, id } = self.account;
        let mut arn =
            format!("arn:{}:logs:{region}:{id}:log-group:{}:log-stream:", self.account.partition(), place.group);
        if matches!(action, "CreateLogStream" | "PutLogEvents") {
            arn += &place.stream;
        }
        let may = roles::task_may(&self.rooms.ecs, self.router, cx.now(), &Need::new(format!("logs:{action}"), arn));
        may.map_err(|why| voice.refused(action, why.as_deref())).ok()
    }

    fn group(
        &self,
        logs: &mut Logs,
        cx: &mut Cx<'_>,
        output: &Section,
        place: &Place,
        voice: &mut Voice,
    ) -> Option<()> {
        self.may(cx, "CreateLogGroup", place, voice)?;
        let days = output::retention(output);
        logs.create(cx, &place.group, Group { retention: None, ..groups::fresh(cx.now()) });
        voice.created_group(place);
        if days.is_some() {
            self.may(cx, "PutRetentionPolicy", place, voice)?;
            if let Ok(group) = logs.group(&place.group) {
                group.retention = days;
            }
        }
        Some(())
    }
}

/// Makes a stream that is not there.
fn stream(logs: &mut Logs, cx: &mut Cx<'_>, place: &Place, voice: &mut Voice) -> Option<()> {
    let group = logs.group(&place.group).ok()?;
    let is_new = !group.streams.contains_key(&place.stream);
    if is_new {
        group.streams.insert(place.stream.clone(), Stream { created: cx.now(), events: Vec::new() });
        tell(cx, &place.group, &format!("has the stream {}", place.stream));
    }
    voice.created_stream(place, is_new);
    Some(())
}
