//! Random operations on 20 radios, some in hops, of every family, some of them broken: what must always hold is read
//! off the radios' journals, the rows and the audit log.
//!
//! A few seeds run with the other tests; `make random RUNS=1000 SEED=1` runs as many as are wanted. A seed that fails
//! prints what was done. The seed decides what is done, not how the machine schedules it: a failure that depends on an
//! instant may need the same seed several times.

mod daemon;
mod invariants;
mod operation;
mod passing;
mod world;

use std::panic::AssertUnwindSafe;

use futures_util::{FutureExt as _, StreamExt as _};

use world::World;

/// Operations in the afternoon, and as many at night.
const OPERATIONS: usize = 14;

/// Runs beside each other, unless `ABREAST` says otherwise: a part of a run is waiting.
const ABREAST: u64 = 4;

/// Seeds that run with the other tests.
const USUAL: std::ops::Range<u64> = 1..4;

/// One run; what does not hold, with what was done.
async fn run(seed: u64) -> Result<String, String> {
    let mut world = World::start(seed).await;
    let done = AssertUnwindSafe(drive(&mut world)).catch_unwind().await;
    let verdict = match done {
        Ok(Ok(())) => Ok(world.summary()),
        Ok(Err(wrong)) => Err(wrong.join("\n  ")),
        Err(panic) => Err(format!(
            "the run itself panicked: {}",
            panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
                .unwrap_or_default()
        )),
    };
    let story = verdict.map_err(|wrong| {
        format!("seed {seed}\n  {wrong}\nwhat was done:\n  {}\n{}", world.log.join("\n  "), world.radios_now())
    });
    world.end().await;
    story
}

async fn drive(world: &mut World) -> Result<(), Vec<String>> {
    for night in [false, true] {
        if night {
            passing::until_night(world).await;
        }
        for _ in 0..OPERATIONS {
            let operation = operation::draw(world);
            operation::carry_out(world, operation).await?;
            passing::some(world).await;
        }
    }
    passing::settle(world).await?;
    let wrong = invariants::at_the_end(world).await;
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_few_seeds() {
    println!("seeds {USUAL:?}");
    let runs = futures_util::future::join_all(USUAL.map(run)).await;
    let failed: Vec<&String> = runs.iter().filter_map(|run| run.as_ref().err()).collect();
    assert!(failed.is_empty(), "{}", failed.into_iter().cloned().collect::<Vec<_>>().join("\n\n"));
    println!("{runs:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "make random: as many runs as are wanted"]
async fn many_seeds() {
    let number =
        |name: &str, default: u64| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (runs, first, abreast) = (number("RUNS", 100), number("SEED", 1000), number("ABREAST", ABREAST));
    let began = towerhand::clock::Stopwatch::start();
    let mut failed = Vec::new();
    let seeds = first..first.saturating_add(runs);
    let each = futures_util::stream::iter(seeds.map(|seed| async move { (seed, run(seed).await) }));
    let mut each = std::pin::pin!(each.buffer_unordered(usize::try_from(abreast.max(1)).unwrap()));
    while let Some((seed, done)) = each.next().await {
        match done {
            Ok(done) => println!("seed {seed}: held ({done}), {} s since the start", began.elapsed().as_secs()),
            Err(story) => {
                println!("{story}\n");
                failed.push(seed);
            }
        }
    }
    println!("{runs} runs from seed {first}, {} failed: {failed:?}", failed.len());
    assert!(failed.is_empty(), "seeds {failed:?} failed");
}
