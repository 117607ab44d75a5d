// SPDX-License-Identifier: GPL-2.0-only
#include "tests/concatenation/command_line.h"

#include "tests/concatenation/layout.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace concatenation {
namespace {

constexpr std::uint64_t page = 4096;
constexpr int exit_usage = 64;

void declare(CLI::App &app, Options &options) {
    app.add_option("MOUNTPOINT", options.mountpoint, "directory to mount on")
        ->required()
        ->check(CLI::ExistingDirectory);
    app.add_option("DEVICE", options.devices, "dax devices bound to fsdev_dax, in the order of the file")
        ->required();
    app.add_option("--striped", options.chunk,
                   "deal chunks of SIZE, a multiple of 4K, to one device after the other")
        ->transform(CLI::AsSizeValue(false))
        ->type_name("SIZE");
    app.add_option(
           "--pin", options.pin,
           "keep the program at PATH in a BPF file system: if the server is killed, open files work on")
        ->type_name("PATH");
    app.footer("Returns when the file can be opened. Unmount with: umount MOUNTPOINT\n\n"
               "Examples:\n"
               "  concatenation /mnt/both /dev/dax0.0 /dev/dax1.0\n"
               "  concatenation --striped 2M /mnt/both /dev/dax0.0 /dev/dax1.0\n\n"
               "Exit status: 0 mounted, 1 not mounted (the message says why), 64 wrong command line.");
}

/// What is wrong beyond a single option; empty: nothing.
std::string complaint(const CLI::App &app, const Options &options) {
    if (options.devices.size() > CONCATENATION_DEVICES)
        return "no more than " + std::to_string(CONCATENATION_DEVICES) + " devices";
    if (app.count("--striped") == 0)
        return {};
    if (options.chunk == 0 || options.chunk % page != 0)
        return "--striped wants a multiple of 4096 bytes, not " + std::to_string(options.chunk);
    return options.devices.size() < 2 ? "--striped wants two devices or more" : "";
}

} // namespace

CommandLine parse_command_line(int count, char **words) {
    CLI::App app("Serves one file, MOUNTPOINT/data, that is all of the dax devices.", "concatenation");
    Options options;
    declare(app, options);
    try {
        app.parse(count, words);
    } catch (const CLI::ParseError &error) {
        return {.options = {}, .exit_code = app.exit(error) == 0 ? 0 : exit_usage};
    }
    if (const std::string wrong = complaint(app, options); !wrong.empty()) {
        std::fprintf(stderr, "concatenation: %s\n", wrong.c_str());
        return {.options = {}, .exit_code = exit_usage};
    }
    return {.options = options, .exit_code = 0};
}

} // namespace concatenation
