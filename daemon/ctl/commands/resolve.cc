// SPDX-License-Identifier: GPL-2.0-only
#include "base/size_text.h"
#include "base/text.h"
#include "base/try.h"
#include "bpf/mapping.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/file_runs.h"
#include "daemon/ctl/image/served.h"
#include "daemon/ctl/image/source.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/ctl/terminal/bpf_text.h"
#include "daemon/media/format/raw_json.h"
#include "daemon/media/tree/json.h"
#include "loader/session.h"

#include <cstdio>
#include <memory>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    bool json = false;
};

/// What somebody answered to one question.
struct Reply {
    std::string by;
    enum famfs_status status = FAMFS_NOT_PUBLISHED;
    famfs_answer answer{};
};

Reply reply_of(std::string by, const famfs_resolve_arguments &arguments) {
    return {std::move(by), static_cast<enum famfs_status>(arguments.status), arguments.answer};
}

base::Expected<Reply> ask_pinned(const std::string &pin, std::uint64_t nodeid, std::uint64_t position) {
    const auto session = FAMFS_TRY(loader::PinnedSession::open(pin));
    const auto answer = FAMFS_TRY(session.resolve(nodeid, position));
    return reply_of("the BPF program that serves the mount (pin " + pin + ")", answer);
}

/// The same program, loaded with this one file.
base::Expected<Reply> ask_loaded(const base::FileMap &map, std::size_t devices, std::uint64_t position) {
    const bool arena = loader::probe().arena;
    auto session =
        FAMFS_TRY(loader::Session::load({.backend = arena ? loader::Backend::arena : loader::Backend::hash,
                                         .name = "famfsctl-resolve",
                                         .max_files = map.nodeid + 1}));
    for (std::size_t i = 0; i < devices; i++)
        (void)session.add_virtual_device();
    FAMFS_TRY(session.open_store());
    FAMFS_TRY(session.store().publish(map));
    const auto answer = FAMFS_TRY(session.resolve(map.nodeid, position));
    return reply_of("the BPF program (" + std::string(loader::to_string(session.backend())) +
                        "), loaded for this question",
                    answer);
}

base::Expected<Reply> ask_bpf(const Opened &opened, const base::FileMap &map, std::uint64_t position) {
    if (opened.source.mounted())
        if (const auto mount = served_mount(opened.source.path()); mount && !mount->pin.empty())
            return ask_pinned(mount->pin, map.nodeid, position);
    return ask_loaded(map, opened.file_system.devices().size(), position);
}

bool same(const Reply &left, const Reply &right) {
    if (left.status != right.status || left.status != FAMFS_OK)
        return left.status == right.status;
    return left.answer.offset == right.answer.offset && left.answer.length == right.answer.length &&
           left.answer.address == right.answer.address && left.answer.device == right.answer.device;
}

std::string describe(const Reply &reply) {
    if (reply.status != FAMFS_OK)
        return std::string(status_name(reply.status));
    const famfs_answer &answer = reply.answer;
    return "bytes " + std::to_string(answer.offset) + " to " + std::to_string(answer.offset + answer.length) +
           " lie on device " + std::to_string(answer.device - 1) + " from byte " +
           std::to_string(answer.address);
}

void print(const Reply &reply, const std::string &path, std::uint64_t position, bool json) {
    const famfs_answer &answer = reply.answer;
    const std::uint64_t address = answer.address + (position - answer.offset);
    if (json) {
        const nlohmann::ordered_json object = {{"path", media::json_name(path)}, {"position", position},
                                               {"device", answer.device - 1},    {"address", address},
                                               {"offset", answer.offset},        {"length", answer.length},
                                               {"run_address", answer.address},  {"answered_by", reply.by}};
        std::fputs(media::to_text(object).c_str(), stdout);
        return;
    }
    std::printf("%s byte %llu is byte %llu (%s) of device %u\n", base::quote(path).c_str(),
                static_cast<unsigned long long>(position), static_cast<unsigned long long>(address),
                base::hex(address).c_str(), answer.device - 1);
    std::printf("  %s\n  answered by %s\n", describe(reply).c_str(), reply.by.c_str());
}

base::Expected<std::uint64_t> parse_position(const std::string &text) {
    const auto position = base::parse_size(text);
    if (!position)
        return base::fail(EINVAL, "read the position", base::quote(text),
                          "it is a number of bytes, such as 4096 or 2M");
    return *position;
}

base::Expected<int> run(const Options &options) {
    const std::string path = trim_slashes(options.arguments.rest[0]);
    const auto position = FAMFS_TRY(parse_position(options.arguments.rest[1]));
    const auto opened = FAMFS_TRY(open_file_system(options.arguments, device::Access::read));
    const media::Node *node = opened.file_system.find_path(path);
    if (node == nullptr || node->directory)
        return base::fail(node == nullptr ? ENOENT : EISDIR, "resolve", base::quote(path));
    Reply native{"bpf/mapping.h in this process", {}, {}};
    native.status = FileRuns(node->map, {}).resolve(position, native.answer);
    const auto bpf = ask_bpf(opened, node->map, position);
    if (!bpf)
        complain("BPF is not asked: " + bpf.error().message());
    else if (!same(*bpf, native))
        return base::fail(EIO, "resolve", base::quote(path),
                          bpf->by + " says: " + describe(*bpf) + "; the log says: " + describe(native));
    const Reply &reply = bpf ? *bpf : native;
    if (reply.status != FAMFS_OK)
        return base::fail(famfs_status_errno(reply.status), "resolve",
                          base::quote(path) + " byte " + std::to_string(position),
                          "its size is " + std::to_string(node->map.size));
    print(reply, path, position, options.json);
    return exit_ok;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 2, 2);
    line.flag("--json", options->json, "For programs");
    return [options] { return run(*options); };
}

} // namespace

const Command resolve_command = {
    .name = "resolve",
    .arguments = "DEVICE|MOUNTPOINT PATH OFFSET",
    .summary = "Where a byte of a file lies, as a page fault finds it",
    .notes =
        "Examples:\n"
        "  famfsctl resolve /mnt/famfs big 32M\n"
        "  famfsctl resolve --json /tmp/pool.img striped 0\n"
        "Asks the BPF program that serves the mount; else loads the program for this one question; where BPF "
        "cannot be\n"
        "used, the same arithmetic in this process answers. It says which one did. Two that disagree are an "
        "error.\n"
        "Exit status: 0 found, 1 not (no such file, beyond its end).",
    .add = add,
};

} // namespace famfs::ctl
