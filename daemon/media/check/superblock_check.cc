// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/check/superblock_check.h"

#include "base/text.h"
#include "daemon/media/format/bytes.h"
#include "daemon/media/format/label.h"

namespace famfs::media {

namespace {

class SuperblockReport {
public:
    explicit SuperblockReport(ProblemList &problems) : problems_(problems) {}
    void add(const char *code, Severity severity, std::size_t at, const char *field, std::string found,
             std::string expected, const std::string &advice) {
        problems_.add({code,
                       severity,
                       Problem::no_entry,
                       at,
                       std::string("superblock.") + field,
                       std::move(found),
                       std::move(expected),
                       {}},
                      advice);
    }
    void error(const char *code, std::size_t at, const char *field, std::string found, std::string expected,
               const std::string &advice) {
        add(code, Severity::error, at, field, std::move(found), std::move(expected), advice);
    }
    void warning(const char *code, std::size_t at, const char *field, std::string found, std::string expected,
                 const std::string &advice) {
        add(code, Severity::warning, at, field, std::move(found), std::move(expected), advice);
    }

private:
    ProblemList &problems_;
};

constexpr auto restore =
    "the superblock is damaged: restore it, or make a new file system with famfsctl mkfs --force";

/// Is it a famfs that we know how to read?
Refusal check_identity(const Superblock &superblock, SuperblockReport &report) {
    if (superblock.magic != superblock_magic) {
        report.error("superblock-magic", offsetof(Superblock, magic), "magic", base::hex(superblock.magic),
                     base::hex(superblock_magic),
                     "no famfs here: check the device, or make one with famfsctl mkfs");
        return EMEDIUMTYPE;
    }
    if (superblock.version != superblock_version) {
        report.error("superblock-version", offsetof(Superblock, version), "version",
                     std::to_string(superblock.version), std::to_string(superblock_version),
                     "a format that this program does not know: use a newer one");
        return ENOTSUP;
    }
    if (const std::uint64_t crc = crc_of(superblock); superblock.crc != crc) {
        report.error("superblock-crc", offsetof(Superblock, crc), "crc", base::hex(superblock.crc),
                     base::hex(crc), restore);
        return EUCLEAN;
    }
    if (superblock.omf_major != omf_major) {
        report.error("superblock-omf-major", offsetof(Superblock, omf_major), "omf_major",
                     std::to_string(superblock.omf_major), std::to_string(omf_major),
                     "a media format that this program does not know: use a program of that format");
        return ENOTSUP;
    }
    if (is_label(superblock)) {
        report.error("superblock-secondary", offsetof(Superblock, flags), "flags",
                     "a secondary device's label", "a primary device",
                     "give the primary device of file system " + base::to_string(superblock.uuid));
        return EMEDIUMTYPE;
    }
    return 0;
}

Refusal check_geometry(const Superblock &superblock, std::uint64_t device_size, SuperblockReport &report) {
    Refusal refusal = 0;
    if (!valid_alloc_unit(superblock.alloc_unit)) {
        report.error("superblock-alloc-unit", offsetof(Superblock, alloc_unit), "alloc_unit",
                     std::to_string(superblock.alloc_unit), "2097152 or 4096", restore);
        refusal = EUCLEAN;
    }
    if (superblock.log_offset != log_offset) {
        report.error("superblock-log-offset", offsetof(Superblock, log_offset), "log_offset",
                     std::to_string(superblock.log_offset), std::to_string(log_offset), restore);
        refusal = EUCLEAN;
    }
    const std::string found = std::to_string(superblock.log_length);
    if (!valid_log_length(superblock.log_length)) {
        report.error("superblock-log-length", offsetof(Superblock, log_length), "log_length", found,
                     "a power of two, at least 8388608", restore);
        refusal = EUCLEAN;
    } else if (device_size < log_offset || superblock.log_length > device_size - log_offset) {
        report.error("log-past-device", offsetof(Superblock, log_length), "log_length", found,
                     "at most " + std::to_string(device_size > log_offset ? device_size - log_offset : 0),
                     "the log ends beyond the device's end: the device or image was cut short");
        refusal = EUCLEAN;
    }
    return refusal;
}

/// Fields that the CRC does not cover, and things that are only odd.
void check_details(const Superblock &superblock, std::uint64_t device_size, SuperblockReport &report) {
    if (superblock.omf_minor > omf_minor)
        report.warning("superblock-omf-minor", offsetof(Superblock, omf_minor), "omf_minor",
                       std::to_string(superblock.omf_minor), "at most " + std::to_string(omf_minor),
                       "entries of kinds that this program does not know end what it serves");
    if (superblock.uuid == base::Uuid{})
        report.warning("superblock-uuid", offsetof(Superblock, uuid), "uuid",
                       base::to_string(superblock.uuid), "not zero",
                       "hosts cannot tell this file system from another");
    if (superblock.flags > superblock_primary)
        report.warning("superblock-flags", offsetof(Superblock, flags), "flags", base::hex(superblock.flags),
                       "0 or 1 (primary)", "ignored: not every mkfs writes this field");
    const std::string found = std::to_string(superblock.device_size);
    if (superblock.device_size > device_size)
        report.error("device-size", offsetof(Superblock, device_size), "device_size", found,
                     "at most " + std::to_string(device_size),
                     "the device is smaller than the file system: files beyond its end are not served");
    else if (superblock.device_size < data_start(0, superblock.log_length))
        report.error("device-size", offsetof(Superblock, device_size), "device_size", found,
                     std::to_string(device_size), "ignored: the device's own size is used");
    else if (superblock.device_size != device_size)
        report.warning("device-size", offsetof(Superblock, device_size), "device_size", found,
                       std::to_string(device_size), "the rest of the device is not used");
}

} // namespace

Refusal check_superblock(std::span<const std::byte> primary, std::uint64_t device_size,
                         Superblock &superblock, ProblemList &problems) {
    SuperblockReport report(problems);
    if (!holds(primary, 0, sizeof(Superblock))) {
        report.error("superblock-short", 0, "magic", std::to_string(primary.size()) + " bytes",
                     "at least " + std::to_string(sizeof(Superblock)),
                     "too small for a famfs: check the path; an image may have been cut short");
        return EMEDIUMTYPE;
    }
    superblock = snapshot<Superblock>(primary, 0);
    if (const Refusal refusal = check_identity(superblock, report))
        return refusal;
    if (const Refusal refusal = check_geometry(superblock, device_size, report))
        return refusal;
    check_details(superblock, device_size, report);
    return 0;
}

} // namespace famfs::media
