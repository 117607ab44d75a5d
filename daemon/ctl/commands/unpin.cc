// SPDX-License-Identifier: GPL-2.0-only
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/served.h"
#include "loader/session.h"

#include <algorithm>
#include <cstdio>
#include <memory>

namespace famfs::ctl {

namespace {

struct Options {
    std::vector<std::string> pins;
    bool force = false;
};

base::Expected<void> unpin(const std::string &pin, bool force) {
    const auto pins = loader::PinnedSession::names();
    if (std::ranges::find(pins, pin) == pins.end()) {
        std::printf("%s: no such pin, nothing to do\n", pin.c_str());
        return {};
    }
    const auto mounts = served_mounts();
    const auto mount = std::ranges::find(mounts, pin, &ServedMount::pin);
    if (mount != mounts.end() && !force)
        return base::fail(EBUSY, "unpin", pin, "umount " + mount->mountpoint + " first, or give --force");
    return loader::remove_pins(pin);
}

base::Expected<int> run(const Options &options) {
    for (const std::string &pin : options.pins)
        FAMFS_TRY(unpin(pin, options.force));
    return exit_ok;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    line.positional(options->pins);
    line.check(
        [options] { return options->pins.empty() ? "a pin is missing: famfsctl status shows them" : ""; });
    line.flag("-f,--force", options->force,
              "Also where it is still mounted: its page faults end in SIGBUS from then on");
    return [options] { return run(*options); };
}

} // namespace

const Command unpin_command = {
    .name = "unpin",
    .arguments = "PIN...",
    .summary = "Detach the BPF program that a dead daemon has left",
    .notes = "Examples:\n"
             "  famfsctl status                  shows the names\n"
             "  famfsctl unpin dax0-0\n"
             "Needs root. Faults of a mount that still uses the program end in SIGBUS afterwards: unmount it "
             "first. "
             "Where it is\n"
             "still mounted, --force is needed.\n"
             "Exit status: 0 nothing is left, 1 refused or failed.",
    .add = add,
};

} // namespace famfs::ctl
