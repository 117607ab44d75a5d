// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/creation_options.h"

#include "daemon/ctl/arguments.h"

#include <charconv>
#include <sys/stat.h>
#include <unistd.h>

namespace famfs::ctl {

namespace {

std::optional<std::uint32_t> parse_mode(const std::string &text) {
    std::uint32_t mode = 0;
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), mode, 8);
    if (code != std::errc() || end != text.data() + text.size() || mode > 07777)
        return {};
    return mode;
}

std::string check_mode(const std::string &text) {
    return parse_mode(text) ? "" : "'" + text + "' is not an octal mode from 0 to 7777";
}

} // namespace

void OwnerOptions::declare(CLI::App &app) {
    app.add_option("-m,--mode", mode, "Permission bits, octal")->check(CLI::Validator(check_mode, "MODE"));
    app.add_option("-u,--uid", uid, "Owner, a number");
    app.add_option("-g,--gid", gid, "Group, a number");
}

media::Attributes OwnerOptions::over(const media::Attributes &otherwise) const {
    return {.uid = uid.value_or(otherwise.uid),
            .gid = gid.value_or(otherwise.gid),
            .mode = parse_mode(mode).value_or(otherwise.mode)};
}

void StripingOptions::declare(CLI::App &app) {
    app.add_option("--strips", striping.strips,
                   "Deal the file over this many strips (1 to 16), on all devices in turn;\n"
                   "files smaller than a chunk stay in one piece")
        ->check(CLI::Range(1U, static_cast<unsigned>(media::max_strips)));
    add_size(app, "--chunk", striping.chunk, "Bytes dealt at a time: a power of two, a multiple of 2 MiB")
        ->needs("--strips")
        ->default_str("2MiB");
    app.add_option(
           "--buckets", striping.buckets,
           "Parts of each device, at least 1 GiB each, of which each takes one strip (default: all that fit)")
        ->check(CLI::Range(1U, 64U))
        ->needs("--strips");
}

media::Attributes own_attributes(std::uint32_t mode) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return {.uid = ::getuid(), .gid = ::getgid(), .mode = mode & ~mask};
}

} // namespace famfs::ctl
