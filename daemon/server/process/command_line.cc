// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/process/command_line.h"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <unistd.h>

namespace famfs::server {

namespace {

constexpr const char *description = "Mounts the famfs on DEVICE at MOUNTPOINT.\n"
                                    "DEVICE is a character dax device, a block device or an image file. On a "
                                    "kernel with the FUSE iomap hook and a dax\n"
                                    "device bound to fsdev_dax, a BPF program answers page faults, reads and "
                                    "writes from a map that this daemon fills;\n"
                                    "elsewhere the daemon copies the data itself.";

constexpr const char *footer =
    "Unmount with: umount MOUNTPOINT (as root), or fusermount3 -u MOUNTPOINT.\n"
    "\n"
    "Examples:\n"
    "  famfs-bpfd /dev/dax0.0 /mnt/shared               whatever data path this machine offers\n"
    "  famfs-bpfd --data-path=bpf --maps=rhash /dev/dax0.0 /mnt/shared\n"
    "  famfs-bpfd --publish=manual /dev/dax0.0 /mnt/shared\n"
    "                                                   new trees are private until famfsctl publish\n"
    "  famfs-bpfd --secondary /dev/dax1.0 /dev/dax0.0 /mnt/shared\n"
    "  famfs-bpfd -f --read-only famfs.img /tmp/look    an image file, in the foreground\n"
    "\n"
    "Exit status: 0 mounted (or, with -f, unmounted in order), 1 not mounted (the message says why),\n"
    "64 wrong command line.";

constexpr int exit_usage = 64;

const std::map<std::string, DataPath> path_choices = {
    {"auto", DataPath::automatic}, {"bpf", DataPath::hook}, {"daemon", DataPath::copies}};

const std::map<std::string, loader::Backend> map_choices = {{"arena", loader::Backend::arena},
                                                            {"rhash", loader::Backend::rhash}};

template <class Value>
void add_choice(CLI::App &app, const char *name, Value &value, const std::map<std::string, Value> &choices,
                const char *help) {
    app.add_option_function<std::string>(
           name, [&value, &choices](const std::string &word) { value = choices.at(word); }, help)
        ->check(CLI::IsMember(&choices))
        ->take_last()
        ->type_name("WORD");
}

void declare(CLI::App &app, CommandLine &line) {
    MountRequest &request = line.request;
    app.set_version_flag("--version", FAMFS_VERSION);
    app.footer(footer);
    app.add_option("DEVICE", request.device, "primary device: the one with superblock and log")->required();
    app.add_option("MOUNTPOINT", request.mountpoint, "directory to mount on")->required();
    app.add_option("--secondary", request.secondaries,
                   "another device of the file system, in the order of its log")
        ->take_all()
        ->allow_extra_args(false)
        ->type_name("PATH");
    add_choice(app, "--data-path", request.data_path, path_choices,
               "who answers faults, reads and writes: bpf, daemon, auto (default)");
    add_choice(app, "--maps", request.maps, map_choices,
               "where the BPF program looks files up: arena (default), rhash");
    app.add_flag("-f,--foreground", line.foreground, "stay in the foreground, log to standard error");
    app.add_flag("--read-only", request.read_only, "refuse writes to files");
    app.add_flag("--salvage", request.salvage,
                 "mount the sound files of a damaged file system; implies --read-only");
    app.add_option_function<std::string>(
           "--publish",
           [&request](const std::string &word) {
               const bool discard = request.publish.discard;
               request.publish = parse_publish(word).value();
               request.publish.discard = discard;
           },
           "when new files get into the log, for all hosts to see: close (default): each when it is closed; "
           "after=2s: so long after their last change; manual: famfsctl publish")
        ->check([](const std::string &word) {
            const auto parsed = parse_publish(word);
            return parsed ? std::string() : parsed.error().message();
        })
        ->take_last()
        ->type_name("WHEN");
    app.add_option_function<std::string>(
           "--unpublished",
           [&request](const std::string &word) { request.publish.discard = word == "discard"; },
           "what the end of the mount does with what is not published: publish (default), discard")
        ->check(CLI::IsMember({"publish", "discard"}))
        ->take_last()
        ->type_name("WORD");
    app.add_flag("--allow-other", request.allow_other, "let other users in (always so for root)");
}

} // namespace

CommandLine parse_command_line(int argc, char **argv) {
    CLI::App app(description, "famfs-bpfd");
    CommandLine line;
    declare(app, line);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        line.exit_status = app.exit(error) == 0 ? 0 : exit_usage;
    }
    line.request.read_only |= line.request.salvage;
    line.request.allow_other |= ::geteuid() == 0;
    return line;
}

} // namespace famfs::server
