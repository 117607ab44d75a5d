// SPDX-License-Identifier: GPL-2.0-only
// A memory in which media::Author writes the log, each line of which goes on to the device.
#pragma once

#include "daemon/media/layout.h"
#include "daemon/media/write_back.h"
#include "daemon/server/storage.h"
#include "loader/base/memory.h"

#include <optional>

namespace famfs::server {

/// One thread at a time. Nothing is stored behind a store that failed: the log on the device stays a valid
/// one.
class LogCopy : public media::WriteBack {
public:
    /// @header: the log's, as it lies on the primary now. @storage outlives the copy.
    static base::Expected<std::unique_ptr<LogCopy>> create(Storage &storage, const media::LogHeader &header);

    /// From the first byte of the primary to the end of the log; only the header is filled in.
    [[nodiscard]] std::span<std::byte> bytes() const { return memory_.bytes(); }
    /// Of the store that failed.
    [[nodiscard]] const std::optional<base::Error> &failure() const { return failure_; }

    void lines(std::span<const std::byte> bytes) override;
    /// Each store is on the device before the next.
    void fence() override {}

    LogCopy(Storage &storage, base::Memory memory) : storage_(storage), memory_(std::move(memory)) {}

private:
    Storage &storage_;
    base::Memory memory_; ///< what is not written is never touched
    std::optional<base::Error> failure_;
};

} // namespace famfs::server
