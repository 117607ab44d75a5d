// SPDX-License-Identifier: GPL-2.0-only
// What an input of entry_fuzz means: a byte of settings, then one log entry. It comes after others that make
// two more devices, a directory and a file.
#pragma once

#include "tests/fuzz/log_input.h"
#include "tests/support/media_image.h"

#include <algorithm>

namespace famfs::test {

enum EntryInputSettings : std::uint8_t {
    small_unit = 1, ///< 4096 bytes
    wrong_seal = 2, ///< seqnum and CRC as they are in the input
};

struct EntryInput {
    std::uint8_t settings = 0; ///< EntryInputSettings, and LogInputSettings from second_at_hand on
    media::LogEntry entry{};

    static EntryInput read(std::span<const std::byte> bytes) {
        EntryInput input;
        std::memset(&input.entry, 0, sizeof(input.entry));
        if (bytes.empty())
            return input;
        input.settings = std::to_integer<std::uint8_t>(bytes[0]);
        std::memcpy(&input.entry, bytes.data() + 1, std::min(bytes.size() - 1, sizeof(input.entry)));
        return input;
    }
    [[nodiscard]] std::vector<std::byte> write() const {
        std::vector<std::byte> bytes(1 + sizeof(entry));
        bytes[0] = std::byte{settings};
        media::store(std::span(bytes), 1, entry);
        return bytes;
    }

    /// The whole log that it stands for.
    [[nodiscard]] LogInput log() const {
        LogInput log = after_others();
        log.settings = settings;
        if ((settings & small_unit) != 0) {
            log.superblock.alloc_unit = media::small_alloc_unit;
            log.superblock.crc = media::crc_of(log.superblock);
        }
        log.entries.push_back(entry);
        if ((settings & wrong_seal) == 0)
            media::seal(log.entries.back(), index);
        log.header.next_index = log.header.next_seqnum = log.entries.size();
        return log;
    }

    static constexpr std::uint64_t index = 4; ///< of the entry
    static constexpr std::uint64_t taken = 5; ///< unit of the primary that the file before it has

private:
    static const LogInput &after_others() {
        static const LogInput made = [] {
            TestDevices devices({4 * media::gibibyte, 4 * media::gibibyte, media::gibibyte});
            devices.mkfs();
            auto log = sound(media::LogWriter::open(devices.primary(), devices.parse(), *devices.write_back));
            constexpr std::uint64_t unit = media::default_alloc_unit;
            sound(log.append(media::make_directory_entry("a", {})));
            sound(log.append(media::make_file_entry("a/f", {0, 0, 1, 0, {{0, taken * unit, unit}}}, {})));
            return LogInput::of(devices.primary(), 0);
        }();
        return made;
    }
};

} // namespace famfs::test
