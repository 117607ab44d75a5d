// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/write/mkfs.h"

#include "base/text.h"
#include "daemon/media/format/bytes.h"
#include "daemon/media/format/entry.h"
#include "daemon/media/format/label.h"
#include "daemon/media/write/log_writer.h"

#include <cstring>

namespace famfs::media {

namespace {

constexpr auto operation = "make a famfs on";

/// Clears what is not clear already, so that holes of a sparse image stay holes.
void zero(std::span<std::byte> bytes, WriteBack &write_back) {
    constexpr std::size_t page = 4096;
    for (std::size_t at = 0; at < bytes.size(); at += page) {
        const auto part = bytes.subspan(at, std::min(page, bytes.size() - at));
        if (part[0] == std::byte{0} && std::memcmp(part.data(), part.data() + 1, part.size() - 1) == 0)
            continue;
        std::memset(part.data(), 0, part.size());
        write_back.lines(part);
    }
    write_back.fence();
}

base::Expected<void> check_unused(const TargetDevice &device, bool force) {
    const auto found = snapshot<Superblock>(device.bytes, 0);
    if (found.magic != superblock_magic || force)
        return {};
    return base::fail(EEXIST, operation, device.path,
                      std::string("it is ") +
                          (is_label(found) ? "a secondary device of" : "the primary device of") +
                          " file system " + base::to_string(found.uuid) + " of host " +
                          base::to_string(found.system_uuid) + ": --force destroys it");
}

base::Expected<void> check_primary(const TargetDevice &device, const MkfsOptions &options) {
    if (device.bytes.size() < min_device_size)
        return base::fail(EINVAL, operation, device.path,
                          "a primary device has at least 4 GiB, this one " +
                              base::human_size(device.bytes.size()));
    if (!valid_log_length(options.log_length))
        return base::fail(EINVAL, operation, device.path,
                          "the log's length is a power of two and at least 8 MiB, not " +
                              base::human_size(options.log_length));
    if (!valid_alloc_unit(options.alloc_unit))
        return base::fail(EINVAL, operation, device.path,
                          "the allocation unit is 4 KiB or 2 MiB, not " +
                              base::human_size(options.alloc_unit));
    if (options.log_length > device.bytes.size() - log_offset - options.alloc_unit)
        return base::fail(EINVAL, operation, device.path,
                          "a log of " + base::human_size(options.log_length) + " leaves no room for files");
    return check_unused(device, options.force);
}

base::Expected<void> check_secondary(const TargetDevice &device, bool force) {
    if (device.bytes.size() < superblock_region + default_alloc_unit)
        return base::fail(EINVAL, operation, device.path,
                          "a secondary device has at least 4 MiB, this one " +
                              base::human_size(device.bytes.size()));
    return check_unused(device, force);
}

base::Uuid given_or_random(const base::Uuid &uuid) {
    return uuid == base::Uuid{} ? base::random_uuid() : uuid;
}

Superblock make_superblock(const TargetDevice &device, const MkfsOptions &options) {
    Superblock superblock;
    std::memset(&superblock, 0, sizeof(superblock));
    superblock.magic = superblock_magic;
    superblock.version = superblock_version;
    superblock.log_offset = log_offset;
    superblock.log_length = options.log_length;
    superblock.alloc_unit = options.alloc_unit;
    superblock.omf_major = omf_major;
    superblock.omf_minor = omf_minor;
    superblock.uuid = given_or_random(options.uuid);
    superblock.device_uuid = given_or_random(device.uuid);
    superblock.system_uuid = options.system_uuid;
    superblock.crc = crc_of(superblock);
    superblock.device_size = device.bytes.size();
    device.path.copy(superblock.device_path.data(), superblock.device_path.size());
    return superblock;
}

LogHeader make_log_header(std::uint64_t length) {
    LogHeader header{};
    header.magic = log_magic;
    header.length = length;
    header.last_index = log_slots(length) - 1;
    header.crc = crc_of(header);
    return header;
}

void clear_magic(std::span<std::byte> device, WriteBack &write_back) {
    store(device, offsetof(Superblock, magic), std::uint64_t{0});
    write_back.persist(device.first(sizeof(Superblock)));
}

/// Everything but the magic, then the magic.
void write_superblock(std::span<std::byte> device, Superblock superblock, WriteBack &write_back) {
    const std::uint64_t magic = superblock.magic;
    superblock.magic = 0;
    store(device, 0, superblock);
    write_back.persist(device.first(sizeof(superblock)));
    store(device, offsetof(Superblock, magic), magic);
    write_back.persist(device.first(sizeof(superblock)));
}

} // namespace

base::Expected<void> mkfs(const TargetDevice &primary, std::vector<TargetDevice> secondaries,
                          const MkfsOptions &options, WriteBack &write_back) {
    auto checked = check_primary(primary, options);
    for (std::size_t i = 0; checked && i < secondaries.size(); i++)
        checked = check_secondary(secondaries[i], options.force);
    if (!checked)
        return checked;

    const Superblock superblock = make_superblock(primary, options);
    clear_magic(primary.bytes, write_back);
    zero(primary.bytes.subspan(log_offset, options.log_length), write_back);
    store(primary.bytes, log_offset, make_log_header(options.log_length));
    write_back.persist(primary.bytes.subspan(log_offset, sizeof(LogHeader)));
    LogWriter log = LogWriter::empty(primary.bytes, log_slots(options.log_length), write_back);
    for (std::size_t i = 0; i < secondaries.size(); i++) {
        TargetDevice &device = secondaries[i];
        device.uuid = given_or_random(device.uuid);
        clear_magic(device.bytes, write_back);
        write_superblock(device.bytes, make_label(superblock, device.uuid, device.bytes.size(), device.path),
                         write_back);
        if (auto added = log.append(
                make_device_entry(static_cast<std::uint32_t>(i + 1), device.uuid, device.bytes.size()));
            !added)
            return std::unexpected(added.error());
    }
    write_superblock(primary.bytes, superblock, write_back);
    return {};
}

base::Expected<void> unmake(const TargetDevice &device, WriteBack &write_back) {
    if (!holds(device.bytes, 0, sizeof(Superblock)) ||
        snapshot<Superblock>(device.bytes, 0).magic != superblock_magic)
        return base::fail(EMEDIUMTYPE, "unmake the famfs on", device.path,
                          "there is none; nothing was changed");
    clear_magic(device.bytes, write_back);
    return {};
}

} // namespace famfs::media
