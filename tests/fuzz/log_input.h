// SPDX-License-Identifier: GPL-2.0-only
// What an input of log_fuzz means: a byte of settings, then superblock, log header and entries as they lie on
// the primary device, without the gap between them.
#pragma once

#include "daemon/media/format/bytes.h"
#include "daemon/media/format/layout.h"

#include <algorithm>
#include <span>
#include <vector>

namespace famfs::test {

enum LogInputSettings : std::uint8_t {
    right_superblock_crc = 1,
    right_header_crc = 2,
    right_entries = 4,    ///< seqnum and CRC
    right_next_index = 8, ///< and next_seqnum
    second_at_hand = 16,  ///< the second device's size is given
    third_at_hand = 32,
    small_primary = 64, ///< half of what the sample has
};

struct LogInput {
    std::uint8_t settings = 0;
    media::Superblock superblock{};
    media::LogHeader header{};
    std::vector<media::LogEntry> entries;

    static constexpr std::size_t head = 1 + sizeof(superblock) + sizeof(header);

    /// Too short an input ends in zeros.
    static LogInput read(std::span<const std::byte> bytes) {
        LogInput input;
        const auto take = [&bytes](void *to, std::size_t length) {
            const std::size_t there = std::min(length, bytes.size());
            if (there != 0)
                std::memcpy(to, bytes.data(), there);
            bytes = bytes.subspan(there);
        };
        take(&input.settings, sizeof(input.settings));
        take(&input.superblock, sizeof(input.superblock));
        take(&input.header, sizeof(input.header));
        while (!bytes.empty()) {
            media::LogEntry entry;
            std::memset(&entry, 0, sizeof(entry));
            take(&entry, sizeof(entry));
            input.entries.push_back(entry);
        }
        return input;
    }

    [[nodiscard]] std::vector<std::byte> write() const {
        std::vector<std::byte> bytes(head + entries.size() * sizeof(media::LogEntry));
        bytes[0] = std::byte{settings};
        media::store(std::span(bytes), 1, superblock);
        media::store(std::span(bytes), 1 + sizeof(superblock), header);
        for (std::size_t i = 0; i < entries.size(); i++)
            media::store(std::span(bytes), head + i * sizeof(media::LogEntry), entries[i]);
        return bytes;
    }

    /// Makes right what the settings ask for, so that the fuzzer gets past checksums and counters.
    void repair() {
        if ((settings & right_superblock_crc) != 0)
            superblock.crc = media::crc_of(superblock);
        if ((settings & right_header_crc) != 0)
            header.crc = media::crc_of(header);
        if ((settings & right_next_index) != 0)
            header.next_index = header.next_seqnum = entries.size();
        if ((settings & right_entries) != 0)
            for (std::size_t i = 0; i < entries.size(); i++) {
                entries[i].seqnum = i;
                entries[i].crc = media::crc_of(entries[i]);
            }
    }

    /// From the start of a primary device, with as many entries as its log says.
    static LogInput of(std::span<const std::byte> primary, std::uint8_t settings) {
        LogInput input;
        input.settings = settings;
        input.superblock = media::snapshot<media::Superblock>(primary, 0);
        input.header = media::snapshot<media::LogHeader>(primary, media::log_offset);
        for (std::uint64_t i = 0; i < input.header.next_index; i++)
            input.entries.push_back(media::snapshot<media::LogEntry>(primary, media::entry_offset(i)));
        return input;
    }
};

} // namespace famfs::test
