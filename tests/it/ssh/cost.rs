//! What a connection costs. Run by hand, in release for figures that count:
//! `cargo test --release --test it ssh::cost -- --ignored --nocapture --test-threads 1`

use std::time::Duration;

use towerhand::clock::Stopwatch;
use towerhand::transport::ssh::{Config, Connection};

use super::peer::{Login, Peer, Shell, peer};
use super::{Frame, config, frame, limits, target};

/// CPU time of all threads of this process whose name begins with `name`, from the scheduler, in nanoseconds.
fn cpu(name: &str) -> u64 {
    let mut sum = 0;
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        let read = |file: &str| std::fs::read_to_string(task.path().join(file)).unwrap_or_default();
        if read("comm").starts_with(name) {
            sum += read("schedstat").split(' ').next().and_then(|ns| ns.parse::<u64>().ok()).unwrap_or(0);
        }
    }
    sum
}

fn runtime(name: &str) -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).thread_name(name).enable_all().build().unwrap()
}

async fn once(frame: &Frame, device: &Peer, config: &Config) {
    let mut connection = Connection::open(&frame.cx, &target(device.port), config, None).await.unwrap();
    let output = connection.exec(&frame.cx, "size 40000", &limits()).await.unwrap();
    assert_eq!(output.stdout.len(), 40_000);
    connection.close().await;
}

#[test]
#[ignore = "a measurement"]
fn connect_password_exec_40_kb_close() {
    const TIMES: u64 = 300;
    let (device_side, jobs, own) = (runtime("device"), runtime("jobs"), runtime("ssh-own"));
    let device = device_side.block_on(async { device_side.spawn(peer(Login::Password, Shell::Router)).await.unwrap() });
    for (name, handle) in [("the caller's runtime", None), ("a runtime of its own", Some(own.handle().clone()))] {
        let device = Peer { port: device.port, ..unscripted() };
        let before = cpu("jobs") + cpu("ssh-own");
        let watch = Stopwatch::start();
        let work = async move {
            let frame = frame();
            let mut config = config();
            config.runtime = handle;
            for _ in 0..TIMES {
                once(&frame, &device, &config).await;
            }
        };
        jobs.block_on(jobs.spawn(work)).unwrap();
        let wall = watch.elapsed() / u32::try_from(TIMES).unwrap();
        // The counters of the scheduler are exact once the threads sleep.
        let used = Duration::from_nanos((cpu("jobs") + cpu("ssh-own") - before) / TIMES);
        println!("{name}: {used:?} of client CPU a connection, {wall:?} of time");
    }
}

fn unscripted() -> Peer {
    Peer { port: 0, journal: super::Journal::default(), _tasks: tokio::task::JoinSet::new() }
}

#[test]
#[ignore = "a measurement"]
fn cancel_to_the_last_byte() {
    let (device_side, jobs) = (runtime("device"), runtime("jobs"));
    let mut took: Vec<Duration> = (0..100)
        .map(|_| {
            let device =
                device_side.block_on(async { device_side.spawn(peer(Login::Password, Shell::Router)).await.unwrap() });
            let work = async move {
                let frame = frame();
                let mut connection = Connection::open(&frame.cx, &target(device.port), &config(), None).await.unwrap();
                let (cx, limits) = (frame.cx.clone(), limits());
                let running =
                    tokio::task::JoinSet::from_iter([async move { connection.exec(&cx, "pour", &limits).await }]);
                device.journal.wait("poured").await;
                let watch = Stopwatch::start();
                frame.cx.cancel.cancel();
                device.journal.wait("disconnected").await;
                let took = watch.elapsed();
                running.join_all().await;
                took
            };
            jobs.block_on(jobs.spawn(work)).unwrap()
        })
        .collect();
    took.sort();
    println!("cancel to the device's end of the connection: median {:?}, p99 {:?}", took[50], took[98]);
}
