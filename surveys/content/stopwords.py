"""Words that tell nothing of what a text is about, as ``portal.text.fold`` writes them."""

WORDS = {
    "ar": """
        في من علي الي عن ان انه انها كان كانت هذا هذه ذلك تلك التي الذي الذين ما لا لم لن قد كل بعد
        قبل مع او ثم حتي عند منذ هو هي هم نحن انا كما لكن اذا غير بين جدا اكثر اقل يكون تكون هناك
        هنا ايضا فقط حيث لان الا اي بعض عدم يجب ليس ليست يوجد توجد دون مثل خلال نفس لو كنت بدون نحو
        لدي لدينا تم يتم ولم ولا وهو وهي وكان فيها فيه منها منه عليها عليه لها له لي لنا بها به مما
        عندما اريد نريد ارجو نرجو يرجي شكرا كانوا كثيرا قليلا اليوم يوم مره مرات جميع
    """,
    "en": """
        the a an and or but if of to in on at for with from by as is are was were be been being it
        its this that these those i you he she we they me my our your their them us not no nor so
        too very more most much many than then there here when while where which who what how why
        all any some each few other can could would should will may might must have has had do does
        did done just only also again about after before over under up down out off into because
        until please thank thanks really get got make made one two like need needs want wanted went
        go going every still even always never good bad better great nice well us your dont didnt
        wasnt isnt cant were im ive
    """,
    "zh-hans": """
        我们 你们 他们 这个 那个 可以 没有 不是 就是 但是 因为 所以 如果 还是 一个 一些 什么
        怎么 这样 那样 非常 比较 希望 建议 觉得 感觉 应该 需要 能够 已经 时候 很多 一下 一直
        都是 也是 以及 对于 或者 而且 请问 谢谢 自己 大家 有些 有点
    """,
}
# Chinese characters that tie others together: a pair that holds one says nothing.
CHARACTERS = frozenset(
    "一每为以后请及按并份的了是在和与及我你您他她它们这那有不也都就很太更最吗呢吧啊把被对从到着过得地之而且但还又再只能会要让给个些点次时"
)
