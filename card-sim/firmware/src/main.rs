//! Plays the dialogues on a bare Cortex-M4 and prints, by semihosting, one fact a line:
//!
//! ```text
//! memory NAME BYTES
//! stack NAME BYTES
//! signature CURVE POINT DIGEST SIGNATURE
//! ```
#![no_std]
#![no_main]
#![forbid(unsafe_code)]

use core::panic::PanicInfo;

// Its critical section is linked in.
use cortex_m as _;
use cortex_m_rt::entry;
use cortex_m_semihosting::{debug, hprint, hprintln};
use sello_applet::{Applet, Profile};
use sello_firmware::{Chip, Reader, Refused, Signed, Store, play_center, play_signatures, renew};
use sello_wire::key::Curve;
use static_cell::StaticCell;

const CURVES: &[Curve] = if cfg!(feature = "p384") {
    &[Curve::P256, Curve::P384]
} else {
    &[Curve::P256]
};

static STORE: StaticCell<Store> = StaticCell::new();
static APPLET: StaticCell<Applet<Chip>> = StaticCell::new();

/// The card, with a gauge on the stack.
struct Gauge {
    applet: &'static mut Applet<Chip>,
}

impl Gauge {
    fn renew(&mut self, profile: Profile) -> Result<(), Refused> {
        let renewed = renew(self.applet, profile);
        renewed.map_err(|_| Refused {
            name: "power-on",
            status: 0,
        })
    }
}

impl Reader for Gauge {
    fn transmit(&mut self, name: &'static str, command: &[u8], response: &mut [u8]) -> usize {
        cortex_m_stack::repaint_stack();
        let before = cortex_m_stack::current_stack_in_use();
        let length = self.applet.process(command, response);
        let deepest = cortex_m_stack::stack_size() - cortex_m_stack::stack_painted();
        hprintln!("stack {} {}", name, deepest.saturating_sub(before));
        length
    }
}

#[entry]
fn main() -> ! {
    match run() {
        Ok(()) => debug::exit(debug::EXIT_SUCCESS),
        Err(refused) => {
            hprintln!("refused {} {:04X}", refused.name, refused.status);
            debug::exit(debug::EXIT_FAILURE);
        }
    }
    halt()
}

fn run() -> Result<(), Refused> {
    let chip = Chip::new(STORE.init_with(Store::new));
    let applet = APPLET.init_with(|| Applet::new(chip));
    let all = size_of::<Applet<Chip>>();
    hprintln!("memory applet {}", all - size_of::<Chip>());
    hprintln!("memory records {}", size_of::<Store>());
    let mut gauge = Gauge { applet };
    gauge.renew(Profile::Seal)?;
    play_center(&mut gauge)?;
    gauge.renew(Profile::Piv)?;
    play_signatures(&mut gauge, CURVES, print)
}

fn print(signed: &Signed) {
    let curve = match signed.curve {
        Curve::P256 => "P-256",
        Curve::P384 => "P-384",
    };
    hprint!("signature {}", curve);
    print_hex(signed.point());
    print_hex(signed.digest());
    print_hex(signed.signature());
    hprintln!();
}

fn print_hex(bytes: &[u8]) {
    hprint!(" ");
    for byte in bytes {
        hprint!("{:02X}", byte);
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    hprintln!("panic");
    debug::exit(debug::EXIT_FAILURE);
    halt()
}

fn halt() -> ! {
    loop {
        core::hint::spin_loop();
    }
}
