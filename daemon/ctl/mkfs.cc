// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/mkfs.h"
#include "daemon/ctl/arguments.h"
#include "daemon/ctl/command.h"
#include "daemon/ctl/target.h"
#include "daemon/media/system_uuid.h"
#include "daemon/media/text.h"

#include <cstdio>
#include <memory>
#include <optional>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    std::optional<std::uint64_t> log_length;
    media::MkfsOptions mkfs;
    bool kill = false;
};

base::Expected<std::vector<device::Device>> open_all(const Arguments &arguments) {
    std::vector<std::string> paths = {arguments.device};
    paths.insert(paths.end(), arguments.rest.begin(), arguments.rest.end());
    paths.insert(paths.end(), arguments.secondaries.begin(), arguments.secondaries.end());
    std::vector<device::Device> devices;
    for (const std::string &path : paths) {
        auto device = device::Device::open(path, device::Access::write);
        if (!device)
            return std::unexpected(device.error());
        devices.push_back(std::move(*device));
    }
    return devices;
}

/// The parts that mkfs has written; files come later.
base::Expected<void> sync(const std::vector<device::Device> &devices, std::uint64_t log_length) {
    for (const device::Device &device : devices) {
        const bool primary = &device == &devices.front();
        const std::uint64_t length = primary ? media::log_offset + log_length : media::superblock_region;
        if (device.kind() == device::Kind::image || device.kind() == device::Kind::block)
            if (auto synced = sync_pages(device.bytes().first(length), device.path()); !synced)
                return synced;
    }
    return {};
}

base::Expected<int> make(const Options &options, const std::vector<device::Device> &devices,
                         media::WriteBack &write_back) {
    media::MkfsOptions mkfs = options.mkfs;
    mkfs.log_length = options.log_length.value_or(mkfs.log_length);
    const auto system = media::make_system_uuid();
    if (!system)
        return std::unexpected(system.error());
    mkfs.system_uuid = *system;
    std::vector<media::TargetDevice> targets;
    targets.reserve(devices.size());
    for (const device::Device &device : devices)
        targets.push_back({device.bytes(), device.path()});
    const media::TargetDevice primary = targets.front();
    targets.erase(targets.begin());
    if (auto made = media::mkfs(primary, targets, mkfs, write_back); !made)
        return std::unexpected(made.error());
    if (auto synced = sync(devices, mkfs.log_length); !synced)
        return std::unexpected(synced.error());
    std::printf("%s: a famfs of %s, log for %llu entries\n", primary.path.c_str(),
                media::count_of(devices.size(), "device", "devices").c_str(),
                static_cast<unsigned long long>(media::log_slots(mkfs.log_length)));
    return exit_ok;
}

base::Expected<int> run(const Options &options) {
    const auto devices = open_all(options.arguments);
    if (!devices)
        return std::unexpected(devices.error());
    const auto write_back = choose_write_back(*devices);
    if (!options.kill)
        return make(options, *devices, *write_back);
    if (!options.mkfs.force)
        return base::fail(EPERM, "unmake the famfs on", options.arguments.device, "--kill needs --force");
    for (const device::Device &device : *devices)
        if (auto gone = media::unmake({device.bytes(), device.path()}, *write_back); !gone)
            return std::unexpected(gone.error());
    if (auto synced = sync(*devices, 0); !synced)
        return std::unexpected(synced.error());
    return exit_ok;
}

} // namespace

Action add_mkfs(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 0);
    line.size("--log-len", options->log_length,
              "Length of the log: a power of two, at least 8 MiB (default: 8 MiB)");
    line.flag("-f,--force", options->mkfs.force, "Overwrite a famfs that is there");
    line.flag("-k,--kill", options->kill, "Make no file system; make the one that is there unusable");
    return [options] { return run(*options); };
}

} // namespace famfs::ctl
