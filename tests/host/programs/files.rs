// Rust's std::fs and std::io, through WASI.
// Build: rustc --edition 2021 --target wasm32-wasi -C opt-level=s -C panic=abort -C strip=symbols
//        -C lto=yes --remap-path-prefix ... files.rs
// Run in an empty directory granted as "/"; prints files.txt and exits with 7.
use std::fmt::Debug;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn show<T: Debug>(what: &str, result: io::Result<T>) {
    match result {
        Ok(value) => println!("{what}: {value:?}"),
        Err(error) => println!("{what}: errno {:?}", error.raw_os_error()),
    }
}

fn whole_files() {
    show("create_dir", fs::create_dir("d"));
    show("create_dir again", fs::create_dir("d"));
    show("create_dir_all", fs::create_dir_all("d/x/y/z"));
    show("write", fs::write("f", "hello world"));
    show("read", fs::read_to_string("f"));
    show("copy", fs::copy("f", "g"));
    show("metadata", fs::metadata("f").map(|m| (m.len(), m.is_file(), m.is_dir())));
    show("open missing", File::open("missing").map(|_| ()));
    show("create_new", OpenOptions::new().write(true).create_new(true).open("f").map(|_| ()));
}

fn open_files() -> io::Result<()> {
    let mut file = OpenOptions::new().read(true).write(true).open("f")?;
    show("seek", file.seek(SeekFrom::End(-5)));
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    println!("rest {text:?}");
    show("set_len", file.set_len(3));
    show("sync", file.sync_all().and(file.sync_data()));
    show("position", file.stream_position());
    drop(file);
    let mut file = OpenOptions::new().append(true).open("f")?;
    file.write_all(b"APP")?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(b"x")?;
    show("appended", fs::read_to_string("f"));
    File::create("f")?;
    show("truncated", fs::read_to_string("f"));
    show("read of write-only", File::create("w")?.read(&mut [0; 4]));
    show("write of read-only", File::open("f")?.write(b"x"));
    fs::remove_file("w")
}

fn directories() -> io::Result<()> {
    show("rename", fs::rename("g", "d/g"));
    show("rename missing", fs::rename("missing", "y"));
    show("hard_link", fs::hard_link("d/g", "h"));
    let mut names = Vec::new();
    for entry in fs::read_dir("d")? {
        let entry = entry?;
        names.push((entry.file_name().into_string().unwrap(), entry.file_type()?.is_dir()));
    }
    names.sort();
    println!("{names:?}");
    show("read_dir of a file", fs::read_dir("f").map(|_| ()));
    show("create over a directory", File::create("d").map(|_| ()));
    show("remove_dir", fs::remove_dir("d"));
    show("remove_file of a directory", fs::remove_file("d"));
    show("remove_dir_all", fs::remove_dir_all("d"));
    show("leave", File::open("../../etc/passwd").map(|_| ()));
    fs::remove_file("f").and(fs::remove_file("h"))
}

fn main() {
    whole_files();
    show("open files", open_files());
    show("directories", directories());
    let start = Instant::now();
    std::thread::sleep(Duration::from_millis(5));
    println!("slept {}", start.elapsed() >= Duration::from_millis(5));
    println!("after 1970 {}", SystemTime::now() > UNIX_EPOCH);
    println!("{:?} {:?}", std::env::args().last(), std::env::var("GREETING"));
    let mut line = String::new();
    show("read_line", io::stdin().read_line(&mut line));
    println!("typed {line:?}");
    let squares: std::collections::HashMap<u32, u32> = (0..5).map(|n| (n, n * n)).collect();
    println!("hashed {}", squares[&4]);
    eprintln!("to stderr");
    std::process::exit(7);
}
