// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/server/log_copy.h"

#include "daemon/media/bytes.h"

namespace famfs::server {

base::Expected<std::unique_ptr<LogCopy>> LogCopy::create(Storage &storage, const media::LogHeader &header) {
    auto memory = base::Memory::anonymous(media::log_offset + header.length, "the log that is written");
    if (!memory)
        return std::unexpected(memory.error());
    media::store(memory->bytes(), media::log_offset, header);
    return std::make_unique<LogCopy>(storage, *std::move(memory));
}

void LogCopy::lines(std::span<const std::byte> bytes) {
    if (failure_)
        return;
    const auto offset = static_cast<std::uint64_t>(bytes.data() - memory_.bytes().data());
    if (auto stored = storage_.write(0, offset, bytes); !stored)
        failure_ = stored.error();
}

} // namespace famfs::server
