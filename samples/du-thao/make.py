#!/usr/bin/env python3
"""Makes the drafts in this folder with LibreOffice (7.4), Ghostscript, cairo and qpdf. All names are made up.
The typeface is that of assets/fonts, without hints (fontTools): the files are a third as large.

  make.py [NAME...]
"""
import os, pathlib, subprocess, sys, tempfile
from xml.sax.saxutils import escape
from fontTools.ttLib import TTFont

HERE = pathlib.Path(__file__).parent
NS = ' '.join(f'xmlns:{k}="urn:oasis:names:tc:opendocument:xmlns:{v}"' for k, v in {
    'office': 'office:1.0', 'style': 'style:1.0', 'text': 'text:1.0', 'table': 'table:1.0',
    'fo': 'xsl-fo-compatible:1.0', 'svg': 'svg-compatible:1.0'}.items())


def style(name, paragraph='', text=''):
    return (f'<style:style style:name="{name}" style:family="paragraph"><style:paragraph-properties {paragraph}/>'
            f'<style:text-properties style:font-name="Serif" {text}/></style:style>')


def p(name, text):
    # runs of spaces and line breaks are elements of their own
    text = escape(text).replace('\n', '<text:line-break/>')
    while '  ' in text:
        at = text.index('  ')
        run = len(text[at:]) - len(text[at:].lstrip(' '))
        text = f'{text[:at]}<text:s text:c="{run}"/>{text[at + run:]}'
    return f'<text:p text:style-name="{name}">{text}</text:p>'


def table(name, widths, cells):
    columns = ''.join(f'<table:table-column table:style-name="{name}{i}"/>' for i in range(len(widths)))
    row = ''.join(f'<table:table-cell>{c}</table:table-cell>' for c in cells)
    return f'<table:table table:style-name="{name}">{columns}<table:table-row>{row}</table:table-row></table:table>'


def table_styles(name, widths, break_before=False):
    extra = ' fo:break-before="page"' if break_before else ''
    head = (f'<style:style style:name="{name}" style:family="table"><style:table-properties style:width="{sum(widths)}cm" '
            f'table:align="left" fo:margin-top="0.5cm"{extra}/></style:style>')
    return head + ''.join(f'<style:style style:name="{name}{i}" style:family="table-column"><style:table-column-properties '
                          f'style:column-width="{w}cm"/></style:style>' for i, w in enumerate(widths))


def letter(over, unit, number, place_date, heading, body, to, titles, name, size=14, gap=2.6, subject=None, left=3.0,
           head=(6.6, 9.7), foot=(8.1, 8.2), second_signer=None, break_foot=False, appendix=None, kind_first=None):
    bold = 'fo:font-weight="bold"'
    center = 'fo:text-align="center"'
    styles = ''.join([
        style('Unit', center, 'fo:font-size="13pt"'), style('UnitBold', center, f'fo:font-size="13pt" {bold}'),
        style('Nation', center, f'fo:font-size="12.5pt" {bold} fo:letter-spacing="-0.01cm"'),
        style('Motto', center, f'fo:font-size="13.5pt" {bold} style:text-underline-style="solid" style:text-underline-width="auto"'),
        style('Number', f'{center} fo:margin-top="0.3cm"', 'fo:font-size="13pt"'),
        style('Date', f'{center} fo:margin-top="0.3cm"', f'fo:font-size="{size}pt" fo:font-style="italic"'),
        style('Subject', center, 'fo:font-size="12pt"'),
        style('Kind', f'{center} fo:margin-top="0.7cm"', f'fo:font-size="{size}pt" {bold}'),
        style('About', f'{center} fo:margin-bottom="0.4cm"', f'fo:font-size="{size}pt" {bold}'),
        style('Body', 'fo:text-align="justify" fo:text-indent="1.27cm" fo:margin-bottom="0.2cm" fo:line-height="115%" fo:orphans="2" fo:widows="2"', f'fo:font-size="{size}pt"'),
        style('CopiesTitle', '', f'fo:font-size="12pt" fo:font-style="italic" {bold}'), style('Copies', '', 'fo:font-size="11pt"'),
        style('Office', center, f'fo:font-size="{size}pt" {bold}'),
        style('Signer', f'{center} fo:margin-top="{gap}cm"', f'fo:font-size="{size}pt" {bold}'),
        style('Break', f'{center} fo:break-before="page"', f'fo:font-size="{size}pt" {bold}'),
    ])
    width = 21 - left - 1.7
    copies = [to] if isinstance(to[0], str) else to
    cells = [p('CopiesTitle', 'Nơi nhận:' if i == 0 else '') + ''.join(p('Copies', t) for t in c) for i, c in enumerate(copies)] if copies[0] else []
    if second_signer:
        cells = [''.join(p('Office', t) for t in second_signer[0]) + p('Signer', second_signer[1])]
    cells.append(''.join(p('Office', t) for t in titles) + p('Signer', name))
    foot = list(foot) if len(cells) == len(foot) else [width / len(cells)] * len(cells)
    automatic = table_styles('Head', head) + table_styles('Foot', foot, break_foot)
    left_head = p('Unit', over) + p('UnitBold', unit) + p('Number', number) + (p('Subject', subject) if subject else '')
    right_head = p('Nation', 'CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM') + p('Motto', 'Độc lập - Tự do - Hạnh phúc') + p('Date', place_date)
    content = table('Head', head, [left_head, right_head])
    for i, line in enumerate(heading):
        content += p('Kind' if i == 0 else 'About', line)
    content += ''.join(p('Body', t) for t in body)
    content += table('Foot', foot, cells)
    if appendix:
        content += p('Break', appendix[0]) + ''.join(p('Body', t) for t in appendix[1:])
    return (f'<?xml version="1.0" encoding="UTF-8"?><office:document {NS} office:version="1.3" office:mimetype="application/vnd.oasis.opendocument.text">'
            f'<office:font-face-decls><style:font-face style:name="Serif" svg:font-family="\'Liberation Serif\'"/></office:font-face-decls>'
            f'<office:styles>{styles}</office:styles><office:automatic-styles><style:page-layout style:name="A4"><style:page-layout-properties '
            f'fo:page-width="21cm" fo:page-height="29.7cm" fo:margin-top="2cm" fo:margin-bottom="2cm" fo:margin-left="{left}cm" fo:margin-right="1.7cm"/>'
            f'</style:page-layout>{automatic}</office:automatic-styles><office:master-styles><style:master-page style:name="Standard" '
            f'style:page-layout-name="A4"/></office:master-styles><office:body><office:text>{content}</office:text></office:body></office:document>')


SENTENCE = ('Căn cứ tình hình thực tế tại địa phương, các phòng chuyên môn, thôn, bản chủ động rà soát, tổng hợp hồ sơ, phối hợp chặt chẽ '
            'với các cơ quan, đơn vị có liên quan để tổ chức thực hiện, bảo đảm đúng tiến độ, đúng quy định của pháp luật.')
DATE = 'Sơn Mẫu, ngày      tháng      năm 2026'
LETTERS = {
    'qd': dict(over='ỦY BAN NHÂN DÂN\nTỈNH MẪU', unit='UBND XÃ SƠN MẪU', number='Số:         /QĐ-UBND', place_date=DATE,
               heading=['QUYẾT ĐỊNH', 'Về việc phân công nhiệm vụ tiếp công dân năm 2026', 'CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ SƠN MẪU'],
               body=['Căn cứ Luật Tổ chức chính quyền địa phương số 72/2025/QH15;', 'Xét đề nghị của Văn phòng HĐND và UBND xã.', 'QUYẾT ĐỊNH:',
                     'Điều 1. ' + SENTENCE, 'Điều 2. Quyết định này có hiệu lực kể từ ngày ký./.'],
               to=['- Như Điều 2;', '- UBND tỉnh (b/c);', '- Lưu: VT.'], titles=['CHỦ TỊCH'], name='Nguyễn Thị Mẫu'),
    'cv': dict(over='TỈNH MẪU', unit='UBND XÃ SƠN MẪU', number='Số:          /UBND-VX', place_date=DATE, subject='V/v rà soát hồ sơ thu phí,\nlệ phí năm 2026',
               heading=['Kính gửi: Các phòng chuyên môn thuộc xã'], body=[SENTENCE] * 3 + ['Trân trọng./.'],
               to=['- Như trên;', '- Chủ tịch UBND xã (b/c);', '- Lưu: VT, VX.'], titles=['TM. ỦY BAN NHÂN DÂN', 'KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH'], name='Trần Văn Thử', gap=2.4),
    'tb': dict(over='UBND TỈNH MẪU', unit='VĂN PHÒNG', number='Số:        /TB-VP', place_date='Mẫu, ngày     tháng     năm 2026', size=13,
               heading=['THÔNG BÁO', 'Kết luận của đồng chí Chủ tịch UBND tỉnh tại cuộc họp giao ban tháng 11'], body=[f'{i}. {SENTENCE}' for i in range(1, 11)] + ['Văn phòng UBND tỉnh thông báo để các cơ quan biết, thực hiện./.'],
               to=['- CT, các PCT UBND tỉnh;', '- Các sở, ban, ngành;', '- UBND các xã, phường;', '- CVP, các PCVP;', '- Lưu: VT, TH.'], titles=['TL. CHỦ TỊCH', 'CHÁNH VĂN PHÒNG'], name='Lê Quang Mẫu', gap=2.2),
    'bc': dict(over='UBND TỈNH MẪU', unit='SỞ TÀI CHÍNH', number='Số:       /BC-STC', place_date='Mẫu, ngày    tháng    năm 2026',
               heading=['BÁO CÁO', 'Tình hình thu phí, lệ phí và sử dụng biên lai điện tử quý III năm 2026'], body=[f'{i}. {SENTENCE} {SENTENCE}' for i in range(1, 13)] + ['Sở Tài chính báo cáo Ủy ban nhân dân tỉnh xem xét, chỉ đạo./.'],
               to=['- UBND tỉnh;', '- Giám đốc Sở;', '- Lưu: VT, QLNS.'], titles=['GIÁM ĐỐC'], name='TS. Phạm Thị Bích Ngọc', gap=3),
    'tuq': dict(over='UBND TỈNH MẪU', unit='BAN QUẢN LÝ KHU KINH TẾ\nVÀ CÁC KHU CÔNG NGHIỆP', number='Số:        /BQL-TCHC', place_date='Mẫu, ngày     tháng     năm 2026', subject='V/v cử cán bộ dự tập huấn',
                heading=['Kính gửi: Sở Nội vụ'], body=[SENTENCE] * 2 + ['Ban Quản lý kính gửi Sở Nội vụ tổng hợp./.'], to=['- Như trên;', '- Trưởng ban (b/c);', '- Lưu: VT, TCHC.'],
                titles=['TUQ. TRƯỞNG BAN QUẢN LÝ KHU KINH TẾ VÀ CÁC KHU CÔNG NGHIỆP', 'TRƯỞNG PHÒNG TỔ CHỨC - HÀNH CHÍNH'], name='Đỗ Hoàng Khánh Vân', foot=(6.6, 9.7), gap=2.8),
    'kh': dict(over='TỈNH MẪU', unit='UBND PHƯỜNG TRẦN PHÚ', number='Số:        /KH-UBND', place_date='Trần Phú, ngày     tháng     năm 2026', size=13.5, left=3.5, head=(6.2, 9.6),
               heading=['KẾ HOẠCH', 'Chuyển đổi số phường Trần Phú giai đoạn 2026 - 2030'], body=[f'{i}. {SENTENCE}' for i in range(1, 5)] + ['Các ngành, đơn vị căn cứ Kế hoạch để thực hiện.'],
               to=['- UBND tỉnh;', '- Đảng ủy phường;', '- Lưu: VT.'], titles=['TM. ỦY BAN NHÂN DÂN', 'CHỦ TỊCH'], name='Hoàng Ánh Tuyết', foot=(7.6, 8.2),
               appendix=['PHỤ LỤC', '(Kèm theo Kế hoạch số:        /KH-UBND ngày     tháng     năm 2026 của UBND phường Trần Phú)', '1. ' + SENTENCE, '2. ' + SENTENCE]),
    'ttr': dict(over='UBND XÃ SƠN MẪU', unit='PHÒNG KINH TẾ', number='Số:       /TTr-PKT', place_date=DATE,
                heading=['TỜ TRÌNH', 'Về việc phê duyệt danh mục dịch vụ công trực tuyến thu phí qua cổng dịch vụ công'], body=[SENTENCE] * 2 + ['Kính trình Ủy ban nhân dân xã xem xét, quyết định./.'],
                to=[['- Như trên;', '- CT, các PCT UBND xã;', '- Văn phòng HĐND\nvà UBND xã;'], ['- Phòng VH-XH;', '- Trung tâm PVHCC;', '- Lưu: PKT.']],
                titles=['Q. TRƯỞNG PHÒNG'], name='Vũ Đức Đạt', foot=(4.9, 4.4, 7.0)),
    'bb': dict(over='UBND TỈNH MẪU', unit='SỞ XÂY DỰNG', number='Số:        /BB-SXD', place_date='Mẫu, ngày     tháng     năm 2026',
               heading=['BIÊN BẢN', 'Họp thẩm định hồ sơ quy hoạch'], body=[SENTENCE, 'Biên bản được thông qua tại cuộc họp, lập thành 02 bản./.'], to=[''],
               second_signer=(['THƯ KÝ'], 'Bùi Thị Hạnh'), titles=['CHỦ TRÌ', 'PHÓ GIÁM ĐỐC SỞ'], name='Ngô Minh Trí', foot=(8.1, 8.2)),
    'nq': dict(over='HỘI ĐỒNG NHÂN DÂN\nTỈNH MẪU', unit='HĐND XÃ SƠN MẪU', number='Số:         /NQ-HĐND', place_date=DATE,
               heading=['NGHỊ QUYẾT', 'Về dự toán thu, chi ngân sách năm 2027'], body=['HỘI ĐỒNG NHÂN DÂN XÃ SƠN MẪU', f'Điều 1. {SENTENCE}', 'Nghị quyết này đã được Hội đồng nhân dân xã Sơn Mẫu khóa I, kỳ họp thứ 5 thông qua./.'],
               to=['- Thường trực HĐND tỉnh;', '- Đại biểu HĐND xã;', '- Lưu: VT.'], titles=['CHỦ TỊCH'], name='PHAN VĂN KIỂM', gap=3.2),
    'gm': dict(over='TỈNH MẪU', unit='UBND XÃ SƠN MẪU', number='Số:……../GM-UBND', place_date='Sơn Mẫu, ngày……tháng……năm 2026',
               heading=['GIẤY MỜI', 'Họp triển khai biên lai điện tử'], body=[f'{i}. {SENTENCE}' for i in range(1, 7)] + ['Rất mong các đại biểu đến dự đúng giờ./.'],
               to=['- Như thành phần mời;', '- Lưu: VT.'], titles=['KT. CHỦ TỊCH', 'PHÓ CHỦ TỊCH'], name='Trần Văn Thử', break_foot=True),
}
# programs that write fonts and content otherwise
THROUGH = {
    'tuq': ['gs', '-q', '-sDEVICE=pdfwrite', '-o', 'OUT', 'IN'],
    'nq': ['pdftocairo', '-pdf', 'IN', 'OUT'],
    'bb': ['qpdf', '--object-streams=generate', '--stream-data=compress', 'IN', 'OUT'],
}


def make(name, folder):
    source = folder / f'{name}.fodt'
    source.write_text(letter(**LETTERS[name]), encoding='utf8')
    environment = dict(os.environ, FONTCONFIG_FILE=str(folder / 'fonts.conf'))
    subprocess.run(['soffice', f'-env:UserInstallation=file://{folder}/profile', '--headless', '--convert-to', 'pdf:writer_pdf_Export:{"ExportBookmarks":{"type":"boolean","value":"false"}}',
                    str(source), '--outdir', str(folder)], check=True, capture_output=True, env=environment)
    made, target = folder / f'{name}.pdf', HERE / f'{name}.pdf'
    if name in THROUGH:
        subprocess.run([{'IN': str(made), 'OUT': str(target)}.get(a, a) for a in THROUGH[name]], check=True)
    else:
        target.write_bytes(made.read_bytes())


def unhinted(folder):
    for face in ('Regular', 'Bold', 'Italic'):
        font = TTFont(HERE / f'../../assets/fonts/LiberationSerif-{face}.ttf')
        for table in ('fpgm', 'prep', 'cvt ', 'hdmx', 'VDMX', 'LTSH', 'gasp'):
            if table in font:
                del font[table]
        for glyph in font['glyf'].glyphs.values():
            glyph.removeHinting()
        font.save(folder / f'{face}.ttf')
    (folder / 'fonts.conf').write_text(f'<fontconfig><dir>{folder}</dir><cachedir>{folder}/cache</cachedir></fontconfig>')


if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as folder:
        unhinted(pathlib.Path(folder))
        for name in sys.argv[1:] or LETTERS:
            make(name, pathlib.Path(folder))
