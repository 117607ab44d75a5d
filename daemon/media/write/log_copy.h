// SPDX-License-Identifier: GPL-2.0-only
// A memory in which media::Author writes the log, each line of which goes on to the device by way of a
// function that can fail: stores into a mapping would end in SIGBUS where an image was cut short or a disk is
// full.
#pragma once

#include "base/error.h"
#include "base/memory.h"
#include "daemon/media/format/layout.h"
#include "daemon/media/write/write_back.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>

namespace famfs::media {

/// One thread at a time. Nothing is stored after a store that failed: the log on the device stays a valid
/// one.
class LogCopy : public WriteBack {
public:
    /// Bytes to an offset of the primary. On return they are on the medium before whatever is stored next.
    using Store = std::function<base::Expected<void>(std::uint64_t offset, std::span<const std::byte> bytes)>;

    /// @header: the log's, as it lies on the primary now.
    static base::Expected<std::unique_ptr<LogCopy>> create(const LogHeader &header, Store store);

    /// From the first byte of the primary to the end of the log; only the header is filled in.
    [[nodiscard]] std::span<std::byte> bytes() const { return memory_.bytes(); }
    /// Whether all that was written is on the device; else the error of the store that failed.
    [[nodiscard]] const base::Expected<void> &stored() const { return stored_; }

    void lines(std::span<const std::byte> bytes) override;
    /// Each store is on the device before the next.
    void fence() override {}

    LogCopy(base::Memory memory, Store store) : memory_(std::move(memory)), store_(std::move(store)) {}

private:
    base::Memory memory_; ///< what is not written is never touched
    Store store_;
    base::Expected<void> stored_;
};

} // namespace famfs::media
