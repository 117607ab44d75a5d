// SPDX-License-Identifier: GPL-2.0-only
#include "tests/unit/media_broken.h"

#include "base/fd.h"
#include "daemon/media/tree/json.h"
#include "daemon/media/write/author.h"
#include "tests/support/served.h"

#include <algorithm>
#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace famfs::test {

namespace {

using media::Inspection;
using media::Problem;
using media::Severity;
using testing::HasSubstr;

std::string line(const std::string &code, Severity severity, std::int64_t entry, std::uint64_t offset) {
    return (severity == Severity::error ? "error " : "warning ") + code + ", entry " + std::to_string(entry) +
           ", byte " + std::to_string(offset);
}

std::vector<std::string> lines_of(const media::Problems &problems) {
    std::vector<std::string> lines;
    for (const Problem &problem : problems)
        lines.push_back(line(problem.code, problem.severity, problem.entry, problem.offset));
    std::ranges::sort(lines);
    return lines;
}

std::vector<std::string> lines_of(const std::vector<Finding> &findings) {
    std::vector<std::string> lines;
    for (const Finding &finding : findings)
        lines.push_back(line(finding.code, finding.severity, finding.entry, finding.offset));
    std::ranges::sort(lines);
    return lines;
}

/// Entry, byte, field and value are in the one line for people, which no name on the media can break out of.
void expect_message(const Problem &problem) {
    SCOPED_TRACE(problem.message);
    if (problem.entry != Problem::no_entry) {
        EXPECT_THAT(problem.message, HasSubstr("entry " + std::to_string(problem.entry) + ","));
    }
    EXPECT_THAT(problem.message, HasSubstr("byte " + std::to_string(problem.offset) + ","));
    EXPECT_FALSE(problem.field.empty());
    EXPECT_THAT(problem.message, HasSubstr(problem.field));
    EXPECT_FALSE(problem.found.empty());
    EXPECT_THAT(problem.message, HasSubstr(problem.found));
    EXPECT_FALSE(problem.expected.empty());
    EXPECT_TRUE(std::ranges::none_of(problem.message, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    })) << "a control character";
    EXPECT_FALSE(media::to_text(media::to_json(problem)).empty());
}

void expect_refused(const Inspection &inspection, const Image &image, int refusal) {
    EXPECT_EQ(inspection.error.code, refusal);
    const auto parsed = media::FileSystem::parse(image.bytes, image.sizes);
    ASSERT_FALSE(parsed);
    EXPECT_EQ(parsed.error().code, refusal);
    ASSERT_FALSE(inspection.problems.empty());
    EXPECT_THAT(parsed.error().message(), HasSubstr(inspection.problems.front().message));
}

void expect_served(const media::FileSystem &fs, const std::set<std::uint64_t> &lost) {
    for (std::uint64_t index = 0; index < sample_entries; index++)
        if (index != second_device) {
            EXPECT_EQ(fs.find(media::first_entry_nodeid + index) == nullptr, lost.contains(index))
                << "entry " << index;
        }
    const auto fault = ServedCheck(fs).fault();
    EXPECT_FALSE(fault) << *fault;
}

/// Only a log without errors and with a whole last entry is written to. The image is sealed meanwhile.
void expect_writable_if_sound(const media::FileSystem &fs, const Image &image) {
    const auto write_back = media::write_back_to_page_cache();
    const auto author = media::Author::open(image.bytes, fs, *write_back);
    EXPECT_EQ(author.has_value(),
              !media::has_errors(fs.problems()) && fs.usage().log_used == fs.log_header().next_index);
}

} // namespace

Image::Image() {
    static const base::Fd file = [] {
        base::Fd fd(::memfd_create("sample", MFD_CLOEXEC));
        const auto size = static_cast<ssize_t>(sample().size());
        if (::write(fd.get(), sample().data(), sample().size()) != size)
            throw std::runtime_error("no memory for the sample");
        return fd;
    }();
    memory_ = sound(base::Memory::at(nullptr, sample().size(), PROT_READ | PROT_WRITE, MAP_PRIVATE,
                                     file.get(), "the sample"));
    bytes = memory_.bytes();
}

void Image::resize(std::uint64_t size) {
    resized_.assign(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(size, bytes.size())));
    resized_.resize(size);
    resized_.shrink_to_fit();
    bytes = resized_;
}

void Image::seal() {
    // The heap cannot be protected; nothing that is cut short can be opened for writing either.
    if (resized_.empty() && ::mprotect(bytes.data(), bytes.size(), PROT_READ) != 0)
        throw std::runtime_error("cannot seal the image");
}

void expect_findings(const Variant &variant) {
    SCOPED_TRACE(variant.name);
    Image image;
    variant.damage(image);
    image.seal();
    const Inspection inspection = media::FileSystem::inspect(image.bytes, image.sizes);
    EXPECT_EQ(lines_of(inspection.problems), lines_of(variant.findings));
    std::ranges::for_each(inspection.problems, expect_message);
    EXPECT_EQ(inspection.file_system.has_value(), variant.refusal == 0);
    if (!inspection.file_system) {
        expect_refused(inspection, image, variant.refusal);
    } else {
        expect_served(*inspection.file_system, variant.lost);
        expect_writable_if_sound(*inspection.file_system, image);
    }
    (void)media::recorded_device_sizes(image.bytes);
}

void expect_findings(const std::vector<Variant> &variants) {
    for (const Variant &variant : variants)
        expect_findings(variant);
    testing::Test::RecordProperty("variants", static_cast<int>(variants.size()));
}

std::vector<FieldValue> field_values(const std::vector<Field> &fields, std::uint64_t structure) {
    std::vector<FieldValue> values;
    const Image good;
    for (const Field &field : fields) {
        const std::uint64_t offset = structure + field.at;
        std::uint64_t now = 0;
        std::memcpy(&now, good.bytes.data() + offset, field.size);
        const std::uint64_t ones = ~0ULL >> (64 - 8 * field.size);
        const auto add = [&](const char *how, std::uint64_t value) {
            if ((value & ones) != now)
                values.push_back(
                    {std::string(field.name) + how, [offset, value, size = field.size](Image &image) {
                         std::memcpy(image.bytes.data() + offset, &value, size);
                     }});
        };
        add(" zero", 0);
        add(" all ones", ~0ULL);
        add(" one more", now + 1);
        add(" one less", now - 1);
    }
    return values;
}

} // namespace famfs::test
