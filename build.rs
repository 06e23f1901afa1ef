//! The shipped rules are embedded: a file that comes, goes or changes must be seen.

fn main() {
    println!("cargo::rerun-if-changed=rules");
}
