"""Invented texts in three languages, as people write them beside the satisfaction questionnaire: three themes each."""

VOICES = {
    "en": {
        "queue": [
            "I waited two hours in the queue before anybody called my number.",
            "The queue at the counter is far too long in the morning.",
            "Waiting time was terrible, the queue went out of the door.",
            "Please open more counters, people wait in a long queue all morning.",
            "Long queue and nobody tells you how long the waiting will be.",
            "Waited an hour for a stamp. The queue did not move.",
            "More staff at the counters would shorten the waiting.",
        ],
        "password": [
            "I could not sign in, the password reset mail never came.",
            "The website asks for a new password every time I sign in.",
            "Signing in failed three times and my account was locked.",
            "Password reset does not work on my phone.",
            "My account was locked after I typed the wrong password once.",
            "The code for signing in arrives too late by message.",
            "Why do I have to reset the password of my account every month?",
        ],
        "staff": [
            "The employee was friendly and explained everything patiently.",
            "Very polite staff, the employee helped my mother fill in the form.",
            "Friendly employees who explain the steps with patience.",
            "The lady was kind and polite and explained which papers I needed.",
            "I was treated politely, the employees are helpful.",
            "A helpful and friendly employee solved it in minutes.",
        ],
    },
    "ar": {
        "parking": [
            "مواقف السيارات قليلة جدًا ولا نجد مكانًا قرب المبنى.",
            "لا توجد مواقف كافية للسيارات أمام المبنى.",
            "اضطررت إلى إيقاف سيارتي بعيدًا لأن المواقف ممتلئة.",
            "نرجو توفير مواقف سيارات لذوي الإعاقة قرب المدخل.",
            "المواقف ممتلئة منذ الصباح والسيارات تقف على الرصيف.",
            "أزمة مواقف السيارات تتكرر كل يوم أمام المبنى.",
        ],
        "waiting": [
            "الانتظار طويل جدًا والطابور لا يتحرك.",
            "انتظرت ساعتين في الطابور قبل أن يُنادى رقمي.",
            "مدة الانتظار أمام الشباك غير مقبولة.",
            "طابور طويل وشباك واحد مفتوح فقط.",
            "افتحوا شبابيك أكثر لتقليل مدة الانتظار.",
            "وقت الانتظار في الصباح طويل والطابور يصل إلى الباب.",
            "ساعات من الانتظار من أجل ختم واحد.",
        ],
        "application": [
            "التطبيق يتوقف عند رفع الملفات ولا تظهر رسالة.",
            "لم أستطع رفع الملف من التطبيق على هاتفي.",
            "تطبيق الهاتف بطيء ويغلق عند رفع المستندات.",
            "رفع المستندات في التطبيق لا يعمل.",
            "يتوقف التطبيق كلما أردت رفع ملف كبير.",
            "حدّثتُ التطبيق ولا يزال رفع الملفات يفشل.",
        ],
    },
    "zh-hans": {
        "queue": [
            "排队时间太长了，等了两个小时才叫到号。",
            "窗口太少，早上排队的人一直排到门外。",
            "希望多开几个窗口，减少排队时间。",
            "排队等候没有座位，老人站着很辛苦。",
            "只开一个窗口，排队等候太久。",
            "等候时间无法预知，排队让人着急。",
        ],
        "upload": [
            "上传材料总是失败，系统提示错误。",
            "手机上传文件的时候页面卡住不动。",
            "上传材料的大小限制太小，文件传不上去。",
            "材料上传三次都失败，系统很慢。",
            "系统不支持照片上传，只能重新扫描文件。",
            "上传文件后系统没有任何提示。",
        ],
        "staff": [
            "工作人员态度很好，耐心解释流程。",
            "窗口工作人员热情，帮助老人填写表格。",
            "工作人员非常耐心，态度亲切。",
            "感谢工作人员耐心地帮助我填写表格。",
            "态度亲切，解释清楚，办事效率高。",
            "工作人员态度热情，讲解清楚。",
        ],
    },
}


def said(language):
    """Return the texts of a language, those of different themes in turn."""
    themes = [list(texts) for texts in VOICES[language].values()]
    return [texts[place] for place in range(max(map(len, themes))) for texts in themes if place < len(texts)]


def theme_of(language, text):
    """Return the theme that a text was written for."""
    return next(theme for theme, texts in VOICES[language].items() if text in texts)
