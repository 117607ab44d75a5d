// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/creation_options.h"

#include "base/try.h"
#include "daemon/ctl/image/alloc_config.h"

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

namespace famfs::ctl {

void OwnerOptions::declare(CommandLine &line) {
    constexpr NumberRange ids{0, UINT32_MAX - 1}; // the last one means "no change" to chown(2)
    line.octal("-m,--mode", mode, {0, 07777}, "Permission bits, octal");
    line.number("-u,--uid", uid, ids, "Owner");
    line.number("-g,--gid", gid, ids, "Group");
}

media::Attributes OwnerOptions::over(const media::Attributes &otherwise) const {
    return {.uid = static_cast<std::uint32_t>(uid.value_or(otherwise.uid)),
            .gid = static_cast<std::uint32_t>(gid.value_or(otherwise.gid)),
            .mode = static_cast<std::uint32_t>(mode.value_or(otherwise.mode))};
}

void StripingOptions::declare(CommandLine &line) {
    line.number("--strips", strips, {0, media::max_strips},
                "Deal the file over this many strips (1 to 16), on all devices in turn;\n"
                "files smaller than a chunk stay in one piece, and with 0 all do");
    line.size("--chunk", chunk,
              "Bytes dealt at a time: a power of two, a multiple of the allocation unit (default: 2 MiB)");
    line.need("--chunk", "--strips");
    line.number(
        "--buckets", buckets, {1, 64},
        "Parts of each device, at least 1 GiB each, of which each takes one strip (default: all that fit)");
    line.need("--buckets", "--strips");
    line.text("--alloc-config", config,
              "Defaults of the three: a file as famfs keeps it in .meta/.alloc.cfg\n"
              "(default: what FAMFS_ALLOC_CONFIG names, if it is set)");
}

base::Expected<media::Striping> StripingOptions::striping() const {
    const char *usual = std::getenv("FAMFS_ALLOC_CONFIG");
    const std::string path = config.empty() && usual != nullptr ? usual : config;
    media::Striping striping;
    if (!path.empty()) {
        striping = FAMFS_TRY(read_alloc_config(path));
    }
    striping.strips = static_cast<std::uint32_t>(strips.value_or(striping.strips));
    striping.chunk = chunk.value_or(striping.chunk);
    striping.buckets = static_cast<std::uint32_t>(buckets.value_or(striping.buckets));
    return striping;
}

media::Attributes own_attributes(std::uint32_t mode) {
    const mode_t mask = ::umask(0);
    ::umask(mask);
    return {.uid = ::getuid(), .gid = ::getgid(), .mode = mode & ~mask};
}

} // namespace famfs::ctl
