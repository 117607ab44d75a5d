// SPDX-License-Identifier: GPL-2.0-only
// Superblock and log as they are, unchecked but for bounds: what to look at when fsck complains.
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/source.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/media/format/bytes.h"
#include "daemon/media/format/raw_json.h"
#include "daemon/media/tree/json.h"

#include <cstdio>
#include <memory>

namespace famfs::ctl {

namespace {

using nlohmann::ordered_json;

struct Options {
    Arguments arguments;
    bool json = false;
};

void print_fields(const char *title, const ordered_json &object) {
    std::printf("%s\n", title);
    for (const auto &[key, value] : object.items())
        std::printf("  %-12s %s\n", key.c_str(),
                    value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
}

void print_entry(const ordered_json &entry) {
    std::printf("%6s", entry["index"].dump().c_str());
    for (const auto &[key, value] : entry.items())
        if (key != "index")
            std::printf(" %s=%s", key.c_str(),
                        value.dump(-1, ' ', false, ordered_json::error_handler_t::replace).c_str());
    std::printf("\n");
}

base::Expected<int> run(const Options &options) {
    const auto source = FAMFS_TRY(Source::open(options.arguments, device::Access::read));
    const ordered_json dump = media::dump(source.primary());
    if (options.json) {
        std::fputs(media::to_text(dump).c_str(), stdout);
    } else {
        print_fields("superblock", dump["superblock"]);
        if (dump.contains("log"))
            print_fields("log", dump["log"]);
        for (const ordered_json &entry : dump["entries"])
            print_entry(entry);
    }
    FAMFS_TRY(media::FileSystem::parse(source.primary(), source.sizes()));
    return exit_ok;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 0, 0);
    line.flag("--json", options->json, "For programs");
    return [options] { return run(*options); };
}

} // namespace

const Command log_command = {
    .name = "log",
    .arguments = "DEVICE|MOUNTPOINT",
    .summary = "Show superblock and log, field by field",
    .notes = "Examples:\n"
             "  famfsctl log /tmp/pool.img\n"
             "  famfsctl log --json /dev/dax0.0\n"
             "Exit status: 0 shown, 1 shown as far as it goes, but it is no famfs that can be served.",
    .add = add,
};

} // namespace famfs::ctl
