// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/media/check/log_check.h"

#include "base/text.h"
#include "daemon/media/format/bytes.h"

namespace famfs::media {

namespace {

void add(ProblemList &problems, const char *code, Severity severity, std::size_t at, const char *field,
         std::string found, std::string expected, const std::string &advice) {
    problems.add({code,
                  severity,
                  Problem::no_entry,
                  log_offset + at,
                  std::string("log.") + field,
                  std::move(found),
                  std::move(expected),
                  {}},
                 advice);
}

constexpr auto damaged = "the log header is damaged: nothing can be served";

/// The part of the header that the CRC covers and that never changes.
Refusal check_fixed(const LogHeader &header, const Superblock &superblock, ProblemList &problems) {
    const auto error = [&](const char *code, std::size_t at, const char *field, std::string found,
                           std::string expected) {
        add(problems, code, Severity::error, at, field, std::move(found), std::move(expected), damaged);
        return EUCLEAN;
    };
    if (header.magic != log_magic)
        return error("log-magic", offsetof(LogHeader, magic), "magic", base::hex(header.magic),
                     base::hex(log_magic));
    if (const std::uint64_t crc = crc_of(header); header.crc != crc)
        return error("log-crc", offsetof(LogHeader, crc), "crc", base::hex(header.crc), base::hex(crc));
    if (header.length != superblock.log_length)
        return error("log-length", offsetof(LogHeader, length), "length", std::to_string(header.length),
                     std::to_string(superblock.log_length) + " as in the superblock");
    if (const std::uint64_t last = log_slots(header.length) - 1; header.last_index != last)
        return error("log-last-index", offsetof(LogHeader, last_index), "last_index",
                     std::to_string(header.last_index), std::to_string(last));
    return 0;
}

} // namespace

Refusal check_log_header(std::span<const std::byte> primary, const Superblock &superblock, LogHeader &header,
                         ProblemList &problems) {
    if (!holds(primary, log_offset, superblock.log_length)) {
        add(problems, "log-short", Severity::error, 0, "magic", std::to_string(primary.size()) + " bytes",
            "at least " + std::to_string(log_offset + superblock.log_length), "the log was cut short");
        return EUCLEAN;
    }
    header = snapshot<LogHeader>(primary, log_offset);
    if (const Refusal refusal = check_fixed(header, superblock, problems))
        return refusal;
    if (header.next_seqnum != header.next_index)
        add(problems, "log-next-seqnum", Severity::warning, offsetof(LogHeader, next_seqnum), "next_seqnum",
            std::to_string(header.next_seqnum), std::to_string(header.next_index) + " as next_index",
            "a writer is at work, or one died: look again");
    if (const std::uint64_t slots = header.last_index + 1; header.next_index > slots) {
        add(problems, "log-next-index", Severity::error, offsetof(LogHeader, next_index), "next_index",
            std::to_string(header.next_index), "at most " + std::to_string(slots),
            "entries are served up to the first that is not whole");
        header.next_index = slots;
    }
    return 0;
}

} // namespace famfs::media
