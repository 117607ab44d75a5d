// SPDX-License-Identifier: GPL-2.0-only
#include "base/try.h"
#include "daemon/ctl/command.h"
#include "daemon/ctl/served.h"
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

} // namespace

Action add_unpin(CommandLine &line) {
    auto options = std::make_shared<Options>();
    line.positional(options->pins);
    line.check(
        [options] { return options->pins.empty() ? "a pin is missing: famfsctl status shows them" : ""; });
    line.flag("-f,--force", options->force,
              "Also where it is still mounted: its page faults end in SIGBUS from then on");
    return [options] { return run(*options); };
}

} // namespace famfs::ctl
