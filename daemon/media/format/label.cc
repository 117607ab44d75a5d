// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/format/label.h"

#include "base/text.h"
#include "daemon/media/format/bytes.h"

namespace famfs::media {

bool is_label(const Superblock &superblock) {
    return superblock.flags == superblock_secondary && superblock.log_length == 0 &&
           superblock.log_offset == 0;
}

Superblock make_label(const Superblock &primary, const base::Uuid &device_uuid, std::uint64_t size,
                      const std::string &path) {
    Superblock label = primary;
    label.log_offset = 0;
    label.log_length = 0;
    label.device_uuid = device_uuid;
    label.flags = superblock_secondary;
    label.device_size = size;
    label.device_path = {};
    path.copy(label.device_path.data(), label.device_path.size());
    label.crc = crc_of(label);
    return label;
}

base::Expected<void> check_label(std::span<const std::byte> device, const Superblock &primary,
                                 const base::Uuid &device_uuid, const std::string &path) {
    constexpr auto operation = "check the label of";
    if (!holds(device, 0, sizeof(Superblock)))
        return base::fail(ENODATA, operation, path, "the device is too small to be part of a famfs");
    const auto label = snapshot<Superblock>(device, 0);
    if (label.magic != superblock_magic)
        return base::fail(ENODATA, operation, path,
                          "it has none: not a secondary device of a famfs that famfsctl mkfs has made");
    if (label.version != superblock_version)
        return base::fail(ENOTSUP, operation, path,
                          "its format version is " + std::to_string(label.version) + ": use a newer program");
    if (label.crc != crc_of(label))
        return base::fail(EUCLEAN, operation, path, "byte 96: its CRC does not match, the label is damaged");
    if (!is_label(label))
        return base::fail(ENODATA, operation, path,
                          "it is a primary device of its own, of file system " + base::to_string(label.uuid));
    if (label.uuid != primary.uuid)
        return base::fail(EMEDIUMTYPE, operation, path,
                          "it belongs to file system " + base::to_string(label.uuid) + ", not to " +
                              base::to_string(primary.uuid));
    if (label.device_uuid != device_uuid)
        return base::fail(EMEDIUMTYPE, operation, path,
                          "it is device " + base::to_string(label.device_uuid) + ", where the log has " +
                              base::to_string(device_uuid) +
                              ": give the secondaries in the order of the log");
    return {};
}

} // namespace famfs::media
