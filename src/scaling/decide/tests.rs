use super::*;
use crate::scaling::step::{self, Step, Stepping};
use crate::scaling::tracking::{self, Tracking};
use proptest::prelude::*;

fn at(minutes: i64) -> SimTime {
    SimTime::from_millis(minutes * 60_000)
}

fn voice(moves: Move, tracking: bool) -> Voice {
    let formula = None;
    Voice { moves, formula, tracking, votes: tracking, cooldowns: [SimDuration::from_secs(300); 2] }
}

fn track(moves: Move) -> Voice {
    voice(moves, true)
}

fn stepper(moves: Move) -> Voice {
    voice(moves, false)
}

const QUIET: Move = Move::Stay(Held::Quiet);

fn scene(running: u32, desired: u32) -> Scene {
    Scene {
        now: at(10),
        running,
        desired,
        bounds: (1, 20),
        suspended: [false; 2],
        deploying: false,
        last_out: None,
        last_in: None,
    }
}

fn past(from: u32, to: u32, until: i64) -> Option<Past> {
    Some(Past { from, to, until: Some(at(until)) })
}

/// One policy wants something; then what desiredCount is, and what held it back.
#[track_caller]
fn one(scene: Scene, moves: Move, desired: u32, held: Option<Held>) {
    let own = decide(&scene, &[track(moves)]);
    assert_eq!((own.desired, own.held), (desired, alloc::vec![held]), "{moves:?} in {scene:?}");
    assert_eq!(own.by.is_some(), held.is_none());
}

#[test]
fn table_1_6_of_cooldowns() {
    let out = |until| Scene { last_out: past(4, 6, until), ..scene(4, 6) };
    let less = |until| Scene { last_in: past(8, 6, until), ..scene(6, 6) };
    // Inside the scale-out cooldown the same is asked for, then more; then it is over, and tasks are still missing.
    one(out(12), Move::Out(6), 6, Some(Held::AtDesired(6)));
    one(out(12), Move::Out(7), 7, None);
    one(Scene { desired: 5, ..out(12) }, Move::Out(6), 5, Some(Held::CoolingOut(Some(at(12)))));
    one(Scene { desired: 5, ..out(10) }, Move::Out(6), 6, None);
    // The activity is still in progress: its cooldown has not begun.
    let open = Some(Past { from: 4, to: 6, until: None });
    one(Scene { last_out: open, desired: 5, ..scene(4, 5) }, Move::Out(6), 5, Some(Held::CoolingOut(None)));
    one(out(12), Move::In(3), 6, Some(Held::CoolingOut(Some(at(12)))));
    one(less(12), Move::In(3), 6, Some(Held::CoolingIn(Some(at(12)))));
    one(less(10), Move::In(3), 3, None);
    one(less(12), Move::Out(9), 9, None);
    assert_eq!(decide(&less(12), &[track(Move::Out(9))]).past, Some((true, Past { from: 6, to: 9, until: None })));
}

#[test]
fn rule_1_6_what_was_added_in_the_cooldown_counts_as_being_there() {
    // The first adjustment added 2 to 10; +3 fires in its cooldown and adds one.
    let scene = Scene { last_out: past(10, 12, 12), ..scene(10, 12) };
    let policy = Stepping {
        kind: Adjustment::Change,
        steps: alloc::vec![Step { lower: Some(0.0), upper: None, amount: 3 }],
        magnitude: 0,
        cooldown: SimDuration::from_secs(300),
    };
    let own = step::propose(&policy, Some(95.0), (80.0, true), scene.bases());
    let done = decide(&scene, &[own]);
    assert_eq!(done.desired, 13);
    assert_eq!(done.past, Some((true, Past { from: 10, to: 13, until: None })), "a third one still counts from 10");
    // The cooldown over, it counts from what runs.
    let later = Scene { now: at(12), running: 12, ..scene };
    assert_eq!(later.bases().out, 12);
}

/// The timeline of 1.6: target 60, cooldowns of 300 s.
#[test]
fn timeline_1_6_minute_by_minute() {
    let policy = Tracking { target: 60.0, scales_in: true, cooldowns: [SimDuration::from_secs(300); 2] };
    let mut own = Scene { now: at(4), ..scene(4, 4) };
    for (minute, running, signal, metric, desired) in [
        (4, 4, Signal::High, 90.0, 6),
        (5, 4, Signal::High, 90.0, 6),
        (6, 4, Signal::High, 95.0, 7),
        (7, 6, Signal::High, 63.0, 7),
        (8, 7, Signal::Quiet, 54.0, 7),
    ] {
        own = Scene { now: at(minute), running, ..own };
        let wanted = tracking::propose(&policy, signal, Some(metric), running, (own.desired, 20));
        let done = decide(&own, &[wanted]);
        assert_eq!(done.desired, desired, "minute {minute}");
        own.desired = done.desired;
        if let Some((true, past)) = done.past {
            own.last_out = Some(Past { until: Some(own.now + wanted.cooldowns[0]), ..past });
        }
    }
}

#[test]
fn table_1_7_of_several_policies() {
    use Move::{In, Out};
    let free = Voice { votes: false, ..track(QUIET) };
    let unknown = Move::Stay(Held::NoData);
    for (count, voices, desired, by) in [
        (10, &[stepper(Out(13)), stepper(Out(30))][..], 20, Some(1)),
        (4, &[track(Out(6)), track(In(2))], 6, Some(0)),
        (8, &[track(In(3)), track(In(5))], 5, Some(1)),
        (8, &[track(In(3)), track(QUIET)], 8, None),
        (8, &[track(In(3)), track(unknown)], 8, None),
        (8, &[track(In(3)), free], 3, Some(0)),
        (8, &[stepper(In(6)), track(QUIET)], 6, Some(0)),
        (8, &[stepper(In(6)), track(In(3))], 6, Some(0)),
        (8, &[stepper(In(6)), track(Out(9))], 9, Some(1)),
        (8, &[track(In(3)), stepper(QUIET)], 3, Some(0)),
        // Of equals the older policy decides.
        (4, &[track(Out(6)), stepper(Out(6))], 6, Some(0)),
    ] {
        let own = decide(&scene(count, count), voices);
        assert_eq!((own.desired, own.by), (desired, by), "{voices:?}");
        let open = own.held.iter().filter(|held| held.is_none()).count();
        assert_eq!(open, usize::from(by.is_some()), "all others were held back: {voices:?}");
    }
    let own = decide(&scene(8, 8), &[track(In(3)), track(QUIET)]);
    assert_eq!(own.held, [Some(Held::NotAll(1)), Some(Held::Quiet)]);
    let own = decide(&scene(4, 4), &[track(In(2)), track(Out(6))]);
    assert_eq!(own.held[0], Some(Held::Outvoted(1)));
}

#[test]
fn table_1_8_of_a_desired_count_outside_the_range() {
    let below = Scene { bounds: (5, 20), ..scene(2, 2) };
    let above = scene(30, 30);
    // First to the near end of the range, without a cooldown; from there the policy goes on.
    one(below, Move::Out(3), 5, None);
    one(below, Move::Out(8), 5, None);
    one(Scene { desired: 5, ..below }, Move::Out(8), 8, None);
    assert_eq!(decide(&below, &[track(Move::Out(8))]).past, None);
    one(below, Move::In(1), 2, Some(Held::BelowMinimum(5)));
    one(above, Move::Out(40), 30, Some(Held::AboveMaximum(20)));
    one(above, Move::In(27), 20, None);
    one(above, Move::In(15), 20, None);
    one(Scene { desired: 20, ..above }, Move::In(15), 15, None);
    assert_eq!(decide(&above, &[track(Move::In(15))]).past, None);
    one(Scene { deploying: true, ..above }, Move::In(15), 30, Some(Held::Deploying));
    one(Scene { suspended: [true, false], ..below }, Move::Out(8), 2, Some(Held::Suspended));
    let policy = Tracking { target: 60.0, scales_in: true, cooldowns: [SimDuration::ZERO; 2] };
    let own = tracking::propose(&policy, Signal::Low, Some(59.0), 30, (30, 20));
    assert_eq!(own.moves, Move::In(20), "first to the maximum, though 30 tasks are what the metric asks for");
    assert_eq!(
        (below.bases().out, above.bases().running, scene(3, 4).bases().out),
        (5, 20, 3),
        "what steps count from"
    );
}

#[test]
fn rule_1_9_deployments_and_suspension() {
    let busy = Scene { deploying: true, ..scene(8, 8) };
    one(busy, Move::Out(9), 9, None);
    one(busy, Move::In(6), 8, Some(Held::Deploying));
    // 12 run of 6 that are desired: it is the deployment that holds, not the count.
    let surge = Scene { deploying: true, ..scene(12, 6) };
    one(surge, Move::In(11), 6, Some(Held::Deploying));
    one(surge, Move::In(5), 6, Some(Held::Deploying));
    one(surge, Move::Out(13), 13, None);
    one(Scene { bounds: (6, 20), ..surge }, Move::In(11), 6, Some(Held::AtMinimum(6)));
    let suspended = |out, scale_in| Scene { suspended: [out, scale_in], ..scene(8, 8) };
    one(suspended(true, false), Move::Out(9), 8, Some(Held::Suspended));
    one(suspended(true, false), Move::In(6), 6, None);
    one(suspended(false, true), Move::Out(9), 9, None);
    one(suspended(false, true), Move::In(6), 8, Some(Held::Suspended));
    // What cannot scale out does not keep a step policy from scaling in, but target tracking is not of one mind.
    let own = decide(&suspended(true, false), &[track(Move::Out(9)), stepper(Move::In(6)), track(Move::In(5))]);
    assert_eq!(own.held, [Some(Held::Suspended), None, Some(Held::NotAll(0))]);
}

#[test]
fn rule_1_14_what_is_reached_already() {
    one(scene(20, 20), Move::Out(25), 20, Some(Held::AtMaximum(20)));
    one(scene(6, 7), Move::Out(7), 7, Some(Held::AtDesired(7)));
    one(scene(1, 1), Move::In(0), 1, Some(Held::AtMinimum(1)));
    one(scene(8, 5), Move::In(6), 5, Some(Held::AtDesired(5)));
}

fn any_voice() -> impl Strategy<Value = Voice> {
    let moves = prop_oneof![
        (0u32..60).prop_map(Move::Out),
        (0u32..60).prop_map(Move::In),
        Just(QUIET),
        Just(Move::Stay(Held::NoData))
    ];
    (moves, any::<bool>()).prop_map(|(moves, tracking)| voice(moves, tracking))
}

fn any_past() -> impl Strategy<Value = Option<Past>> {
    let until = proptest::option::of(5i64..15).prop_map(|own| own.map(at));
    proptest::option::of((0u32..30, 0u32..30, until).prop_map(|(from, to, until)| Past { from, to, until }))
}

fn any_scene() -> impl Strategy<Value = Scene> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    (0u32..50, 0u32..50, (0u32..10, 0u32..30), flags, any_past(), any_past()).prop_map(
        |(running, desired, (min, more), (out, scale_in, deploying), last_out, last_in)| Scene {
            bounds: (min, min + more),
            suspended: [out, scale_in],
            deploying,
            last_out,
            last_in,
            ..scene(running, desired)
        },
    )
}

proptest! {
    /// A change leads into the range and in the direction that somebody wanted; without one nothing changes.
    #[test]
    fn the_capacity_stays_in_its_range(scene in any_scene(), voices in proptest::collection::vec(any_voice(), 0..5)) {
        let own = decide(&scene, &voices);
        let (min, max) = scene.bounds;
        prop_assert_eq!(own.held.len(), voices.len());
        match own.by {
            None => {
                prop_assert_eq!(own.desired, scene.desired);
                prop_assert!(own.held.iter().all(Option::is_some));
            }
            Some(by) => {
                prop_assert!((min..=max).contains(&own.desired), "{:?}", own);
                match voices[by].moves {
                    Move::Out(_) => prop_assert!(own.desired > scene.desired),
                    Move::In(_) => prop_assert!(own.desired < scene.desired && !scene.deploying),
                    Move::Stay(held) => prop_assert!(false, "{:?} decided", held),
                }
            }
        }
    }

    /// What was decided is not decided again while nothing else changes; only what entered the range goes on.
    #[test]
    fn deciding_twice_changes_nothing_more(scene in any_scene(), voices in proptest::collection::vec(any_voice(), 1..5)) {
        let first = decide(&scene, &voices);
        let mut next = Scene { desired: first.desired, ..scene };
        match first.past {
            Some((true, past)) => (next.last_out, next.last_in) = (Some(past), None),
            Some((false, past)) => next.last_in = Some(past),
            None => {}
        }
        let entered = first.by.is_some() && first.past.is_none();
        prop_assert!(entered || decide(&next, &voices).desired == first.desired, "{:?}", decide(&next, &voices));
    }
}
